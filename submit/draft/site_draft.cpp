#include "submit/draft/site_draft.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "core/printable.hpp"
#include "submit/draft/yaml_document.hpp"
#include "submit/toml/toml_text.hpp"

namespace chainer::draft {
namespace {

/// What tells kinds of nodes apart.
struct NodeKind {
  std::int64_t cpus;
  std::uint64_t memory_mib;
  std::int64_t gpus;
  std::string gpu_type;  ///< empty where Slurm names none
  friend auto operator<=>(const NodeKind&, const NodeKind&) = default;
};

/// The type in "gpu:a100:4(S:0-1)"; nothing in "gpu:4".
std::string gpu_type_in(std::string_view gres) {
  for (const auto one : run::split(gres, ',')) {
    const auto parts = run::split(one.substr(0, one.find('(')), ':');
    if (parts.size() > 2 && parts[0] == "gpu") return std::string(parts[1]);
  }
  return "";
}

NodeKind kind_of(const run::NodeGroup& group) {
  return {group.cpus, group.memory_mib, run::gpus_of(group, ""), gpu_type_in(group.gres)};
}

/// "cpu64", "a100x4", "gpux2"; a second kind of that name also says its memory: "cpu64-250g".
std::string short_name(const NodeKind& kind) {
  if (kind.gpus == 0) return fmt::format("cpu{}", kind.cpus);
  return fmt::format("{}x{}", kind.gpu_type.empty() ? "gpu" : kind.gpu_type, kind.gpus);
}

using NamesOfKinds = std::map<NodeKind, std::string>;

NamesOfKinds name_kinds(const std::vector<run::NodeGroup>& groups) {
  NamesOfKinds names;
  std::map<std::string, int> used;
  for (const auto& group : groups) names.emplace(kind_of(group), "");
  for (const auto& [kind, name] : names) ++used[short_name(kind)];
  for (auto& [kind, name] : names) {
    name = short_name(kind);
    if (used[name] > 1) name += fmt::format("-{}c-{}m", kind.cpus, kind.memory_mib);
  }
  return names;
}

std::string key_line(std::string_view key, const toml::Data& value) {
  return fmt::format("{} = {}\n", key, toml::toml_text(value));
}

std::string size_text(std::uint64_t mebibytes) {
  return ByteSize::from_bytes(mebibytes << 20).to_string();
}

std::string node_type_text(const NodeKind& kind, const std::string& name,
                           const std::vector<run::NodeGroup>& groups) {
  std::vector<std::string> partitions;
  for (const auto& group : groups) {
    const auto text = fmt::format("{} of {}", group.nodes, group.partition);
    if (kind_of(group) == kind) partitions.push_back(text);
  }
  auto text =
      fmt::format("\n# Nodes: {}.\n[node_types.{}]\n",
                  printable(fmt::format("{}", fmt::join(partitions, ", "))), toml::toml_key(name));
  text += key_line("cpus", kind.cpus) + key_line("memory", size_text(kind.memory_mib));
  if (kind.gpus > 0) text += key_line("gpus", kind.gpus);
  if (!kind.gpu_type.empty()) text += key_line("gpu_type", kind.gpu_type);
  return text;
}

std::string limits_of(const run::NodeGroup& group) {
  std::string text;
  if (group.most_minutes) text += fmt::format(" {} minutes at most.", *group.most_minutes);
  if (group.most_nodes) text += fmt::format(" {} nodes at most.", *group.most_nodes);
  if (group.availability != "up") text += " Now " + printable(group.availability) + ".";
  return text;
}

/// A partition of several kinds has a target for each: jobs get nodes that have what they ask for.
std::string targets_text(const std::vector<run::NodeGroup>& groups, const NamesOfKinds& names,
                         const std::string& mpi) {
  std::map<std::string, std::vector<NodeKind>> kinds;
  for (const auto& group : groups) {
    auto& own = kinds[group.partition];
    if (std::ranges::find(own, kind_of(group)) == own.end()) own.push_back(kind_of(group));
  }
  std::string text;
  std::vector<std::string> written;
  for (const auto& group : groups) {
    const auto& type = names.at(kind_of(group));
    const auto target = kinds[group.partition].size() == 1
                            ? group.partition
                            : fmt::format("{}-{}", group.partition, type);
    if (std::ranges::find(written, target) != written.end()) continue;
    written.push_back(target);
    text += fmt::format("\n# The partition {}{}.{}\n[compute_targets.{}]\n",
                        printable(group.partition), group.is_default ? ", Slurm's default" : "",
                        limits_of(group), toml::toml_key(target));
    text += key_line("node_type", type) + key_line("partition", group.partition);
    if (!mpi.empty()) text += key_line("mpi", mpi);
  }
  return text;
}

/// A limit of the whole site: the largest of the partitions, where each has one.
std::optional<std::int64_t> most_of_all(const std::vector<run::NodeGroup>& groups,
                                        std::optional<std::int64_t> run::NodeGroup::*limit) {
  std::optional<std::int64_t> most;
  for (const auto& group : groups) {
    if (!(group.*limit)) return std::nullopt;
    most = std::max(most.value_or(0), *(group.*limit));
  }
  return most;
}

std::string limits_text(const std::vector<run::NodeGroup>& groups) {
  std::string text;
  if (const auto nodes = most_of_all(groups, &run::NodeGroup::most_nodes))
    text += key_line("nodes", *nodes);
  if (const auto minutes = most_of_all(groups, &run::NodeGroup::most_minutes))
    text += key_line("run_duration_seconds", *minutes * 60);
  if (text.empty()) return "";
  return "\n# What no run may go beyond: the largest that a partition allows.\n[limits]\n" + text;
}

std::string images_text(const std::string& image, bool has_gpus) {
  constexpr std::string_view head =
      "\n# For runs that name no image. Both keys may be left out: then each run has to name "
      "one.\n";
  if (image.empty()) {
    return std::string(head) +
           "# [images]\n# cpu = \"docker://registry.example.org/chainer/cpu:1\"\n";
  }
  return std::string(head) + "[images]\n" + key_line("cpu", image) +
         (has_gpus ? key_line("gpu", image) : "");
}

/// A person names a QOS in `[slurm]`, or the site in a target.
std::string qos_text(const std::optional<std::vector<run::QualityOfService>>& all) {
  if (!all) return "\n# The cluster keeps no accounts: no target names an account or a QOS.\n";
  std::string text =
      "\n# QOSs of the cluster; a target names one with qos = \"NAME\", and an account with "
      "account = "
      "\"NAME\".\n";
  for (const auto& qos : *all) {
    text += fmt::format("#   {}", printable(qos.name));
    if (qos.most_minutes) text += fmt::format(", {} minutes at most", *qos.most_minutes);
    for (const auto& limit : qos.limits)
      text += fmt::format(", {}={} at most", printable(limit.name), limit.most);
    text += "\n";
  }
  return text;
}

/// The type that targets name; empty: pmix, which is what they have by themselves.
std::string mpi_of(const std::vector<std::string>& types) {
  const auto has = [&](std::string_view type) {
    return std::ranges::find(types, type) != types.end();
  };
  if (types.empty() || has("pmix")) return "";
  return has("pmi2") ? "pmi2" : "none";
}

std::string value_text(const toml::Value& value) { return toml::toml_text(value.data); }

std::string string_in(const toml::Table& table, std::string_view key) {
  const auto* value = find(table, key);
  const auto* text = value ? std::get_if<std::string>(&value->data) : nullptr;
  return text ? *text : "";
}

/// A site file by its targets, whatever it calls its node types.
class SiteComparison {
 public:
  SiteComparison(const toml::Table& site, const toml::Table& drafted)
      : site_(site), drafted_(drafted) {}

  std::vector<std::string> changes() && {
    if (const auto* limits = find_table(drafted_, "limits"))
      compare_values("limits", find_table(site_, "limits"), *limits);
    for (const auto& [name, place, value] : tables_of(drafted_, "compute_targets"))
      compare_target(name, std::get<toml::Table>(value.data));
    for (const auto& [name, place, value] : tables_of(site_, "compute_targets"))
      look_for_partition(name, value);
    return std::move(changes_);
  }

 private:
  static const toml::Table& tables_of(const toml::Table& document, std::string_view name) {
    static const toml::Table none;
    const auto* tables = find_table(document, name);
    return tables ? *tables : none;
  }

  /// Several targets may have one node type.
  void add(std::string change) {
    if (std::ranges::find(changes_, change) == changes_.end())
      changes_.push_back(std::move(change));
  }

  void compare_values(const std::string& name, const toml::Table* before, const toml::Table& now) {
    for (const auto& [key, place, value] : now) {
      const auto* written = before ? find(*before, key) : nullptr;
      const auto full = name + "." + key;
      if (!written)
        add(fmt::format("{}: {} in Slurm, not in the file", full, value_text(value)));
      else if (value_text(*written) != value_text(value))
        add(fmt::format("{}: {} in the file, {} in Slurm", full, value_text(*written),
                        value_text(value)));
    }
  }

  /// The targets of a document that name a partition.
  static std::vector<const toml::Member*> targets_of(const toml::Table& document,
                                                     const std::string& partition) {
    std::vector<const toml::Member*> found;
    for (const auto& member : tables_of(document, "compute_targets")) {
      const auto* table = std::get_if<toml::Table>(&member.value.data);
      if (table && string_in(*table, "partition") == partition) found.push_back(&member);
    }
    return found;
  }

  void compare_target(const std::string& name, const toml::Table& now) {
    const auto partition = string_in(now, "partition");
    const auto own = targets_of(site_, partition);
    if (own.empty()) {
      return add(fmt::format("compute_targets.{}: the partition {} is in Slurm, not in the file",
                             toml::toml_key(name), toml::toml_text(partition)));
    }
    const auto same = std::ranges::find(own, name, [](const auto* one) { return one->key; });
    // Of a partition with several kinds of nodes a site may name what it likes.
    const bool has_kinds = targets_of(drafted_, partition).size() > 1;
    if (has_kinds && same == own.end()) return;
    const auto& target = std::get<toml::Table>((same == own.end() ? own[0] : *same)->value.data);
    const auto type = string_in(target, "node_type");
    const auto* before = find_table(tables_of(site_, "node_types"), type);
    const auto& kind = *find_table(tables_of(drafted_, "node_types"), string_in(now, "node_type"));
    const auto name_of_type = "node_types." + toml::toml_key(type);
    compare_values(name_of_type, before, kind);
    const auto* gpus = before ? find(*before, "gpus") : nullptr;
    if (gpus && !find(kind, "gpus"))
      add(fmt::format("{}.gpus: {} in the file, none in Slurm", name_of_type, value_text(*gpus)));
  }

  void look_for_partition(const std::string& name, const toml::Value& target) {
    const auto* table = std::get_if<toml::Table>(&target.data);
    const auto partition = table ? string_in(*table, "partition") : "";
    if (partition.empty() || partition.find(',') != std::string::npos) return;
    if (!targets_of(drafted_, partition).empty()) return;
    add(fmt::format("compute_targets.{}.partition: {} in the file, not in Slurm",
                    toml::toml_key(name), toml::toml_text(partition)));
  }

  const toml::Table& site_;
  const toml::Table& drafted_;
  std::vector<std::string> changes_;
};

}  // namespace

std::string site_text(const ClusterFacts& cluster, const SiteChoices& choices) {
  const auto names = name_kinds(cluster.groups);
  const bool has_gpus =
      std::ranges::any_of(names, [](const auto& one) { return one.first.gpus > 0; });
  auto text = fmt::format(
      "# What chainer-submit knows of the cluster {}, as Slurm {} described it to `chainer-submit "
      "site "
      "init`.\n# Every key is in docs/site.md; `chainer-submit doctor` holds this file against the "
      "cluster.\n\n"
      "# The folder of all runs, which this host and every node see: mode 1777, or with a folder "
      "for "
      "each user.\n",
      printable(cluster.cluster), printable(cluster.version));
  text += key_line("runs", choices.runs);
  if (!choices.recipes.empty())
    text += "\n# Curated recipes, one <framework_version>.toml each.\n" +
            key_line("recipes", choices.recipes);
  text += images_text(choices.image, has_gpus);
  text += limits_text(cluster.groups);
  for (const auto& [kind, name] : names) text += node_type_text(kind, name, cluster.groups);
  text += targets_text(cluster.groups, names, mpi_of(cluster.mpi_types));
  return text + qos_text(cluster.qos);
}

std::vector<std::string> site_changes(const toml::Table& site, const toml::Table& drafted) {
  return SiteComparison(site, drafted).changes();
}

}  // namespace chainer::draft
