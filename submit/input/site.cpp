#include "submit/input/site.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/table_reader.hpp"

namespace chainer::input {
namespace {

constexpr auto default_snapshot_size = ByteSize::from_bytes(std::uint64_t{300} << 20);
constexpr int default_snapshot_files = 2000;
constexpr std::string_view default_mpi = "pmix";

// The file as it was written.

struct WrittenImages {
  Given<ImageRef> cpu, gpu;
};

struct WrittenLimits {
  Given<ByteSize> snapshot_size;
  Given<toml::Count> snapshot_files, nodes;
  Given<toml::Seconds> run_duration_seconds;
  Given<toml::Strings> allowed_images;
};

struct WrittenNodeType {
  Given<toml::Count> cpus;
  Given<ByteSize> memory;
  Given<std::int64_t> gpus;
  Given<std::string> gpu_type, partition, constraint;
  Given<toml::Strings> allowed_partitions;
};

struct WrittenPriority {
  Given<std::string> partition, qos, account;
};

struct WrittenPriorities {
  Given<WrittenPriority> dedicated, lowpriority;
};

struct WrittenDataStore {
  Given<std::string> path;
  Given<bool> on_all_nodes;
};

struct WrittenTarget {
  Given<std::string> node_type, partition, account, qos, constraint, mpi;
  Given<toml::Strings> allowed_partitions;
};

struct WrittenSite {
  Given<std::string> runs, recipes, default_framework_version, job_template;
  Given<WrittenImages> images;
  Given<WrittenLimits> limits;
  Given<WrittenPriorities> priorities;
  Given<toml::Table> node_types, compute_targets, data_stores;
};

constexpr Key<WrittenImages> image_rows[] = {
    key<&WrittenImages::cpu>({.name = "cpu"}),
    key<&WrittenImages::gpu>({.name = "gpu"}),
};
constexpr Key<WrittenLimits> limit_rows[] = {
    key<&WrittenLimits::snapshot_size>({.name = "snapshot_size"}),
    key<&WrittenLimits::snapshot_files>({.name = "snapshot_files"}),
    key<&WrittenLimits::nodes>({.name = "nodes"}),
    key<&WrittenLimits::run_duration_seconds>({.name = "run_duration_seconds"}),
    key<&WrittenLimits::allowed_images>({.name = "allowed_images"}),
};
constexpr Key<WrittenNodeType> node_type_rows[] = {
    key<&WrittenNodeType::cpus>({.name = "cpus"}),
    key<&WrittenNodeType::memory>({.name = "memory"}),
    key<&WrittenNodeType::gpus>({.name = "gpus"}),
    key<&WrittenNodeType::gpu_type>({.name = "gpu_type"}),
    key<&WrittenNodeType::partition>({.name = "partition"}),
    key<&WrittenNodeType::constraint>({.name = "constraint"}),
    key<&WrittenNodeType::allowed_partitions>({.name = "allowed_partitions"}),
};
constexpr Key<WrittenPriority> priority_rows[] = {
    key<&WrittenPriority::partition>({.name = "partition"}),
    key<&WrittenPriority::qos>({.name = "qos"}),
    key<&WrittenPriority::account>({.name = "account"}),
};
constexpr std::span<const Key<WrittenPriority>> priority_keys() { return priority_rows; }
constexpr Key<WrittenPriorities> priorities_rows[] = {
    section<&WrittenPriorities::dedicated, priority_keys>({.name = "dedicated"}),
    section<&WrittenPriorities::lowpriority, priority_keys>({.name = "lowpriority"}),
};
constexpr std::span<const Key<WrittenPriorities>> priorities_keys() { return priorities_rows; }
constexpr Key<WrittenDataStore> data_store_rows[] = {
    key<&WrittenDataStore::path>({.name = "path"}),
    key<&WrittenDataStore::on_all_nodes>({.name = "on_all_nodes"}),
};
constexpr Key<WrittenTarget> target_rows[] = {
    key<&WrittenTarget::node_type>({.name = "node_type"}),
    key<&WrittenTarget::partition>({.name = "partition"}),
    key<&WrittenTarget::account>({.name = "account"}),
    key<&WrittenTarget::qos>({.name = "qos"}),
    key<&WrittenTarget::constraint>({.name = "constraint"}),
    key<&WrittenTarget::mpi>({.name = "mpi"}),
    key<&WrittenTarget::allowed_partitions>({.name = "allowed_partitions"}),
};
constexpr std::span<const Key<WrittenImages>> image_keys() { return image_rows; }
constexpr std::span<const Key<WrittenLimits>> limit_keys() { return limit_rows; }
constexpr Key<WrittenSite> site_rows[] = {
    key<&WrittenSite::runs>({.name = "runs"}),
    key<&WrittenSite::recipes>({.name = "recipes"}),
    key<&WrittenSite::default_framework_version>({.name = "default_framework_version"}),
    key<&WrittenSite::job_template>({.name = "template"}),
    section<&WrittenSite::images, image_keys>({.name = "images"}),
    section<&WrittenSite::limits, limit_keys>({.name = "limits"}),
    section<&WrittenSite::priorities, priorities_keys>({.name = "priorities"}),
    key<&WrittenSite::node_types>({.name = "node_types"}),
    key<&WrittenSite::compute_targets>({.name = "compute_targets"}),
    key<&WrittenSite::data_stores>({.name = "data_stores"}),
};

// From what was written to what is checked.

template <typename T>
T value_or(const Given<T>& given, T fallback) {
  return given ? given->value : std::move(fallback);
}

void report_missing(const toml::Place& place, std::string_view key, toml::Report& report) {
  report.error(place, fmt::format("the key '{}' is missing", key));
}

/// A relative path in a file starts at the file's folder.
std::string beside(const std::string& file, const std::string& path) {
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

/// Runs are named in #SBATCH lines, mount options and scripts: what those would read as their own
/// grammar is refused once, here.
void check_folder_of_runs(const Given<std::string>& folder, std::string_view key,
                          const toml::Place& whole, toml::Report& report) {
  if (!folder) return report_missing(whole, key, report);
  if (!folder->value.starts_with('/')) {
    report.error(folder->place,
                 fmt::format("{} is '{}', expected an absolute path", key, folder->value));
  } else if (folder->value.find_first_of("%\\:,\"' \t") != std::string::npos) {
    report.error(folder->place, fmt::format("{} holds a blank, a quote or one of % \\ : ,", key),
                 "Slurm and mount options read these as their own");
  }
}

std::string without_last_slash(const std::string& path) {
  auto normal = std::filesystem::path(path).lexically_normal().string();
  if (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

/// Reads every table of [node_types] or [compute_targets].
template <typename Written, typename Each>
void each_named(const Given<toml::Table>& tables, std::span<const Key<Written>> keys,
                std::string_view section_name, toml::Report& report, Each each) {
  if (!tables) return;
  for (const auto& member : tables->value) {
    const auto full_name = fmt::format("{}.{}", section_name, member.key);
    const auto* table = std::get_if<toml::Table>(&member.value.data);
    if (!table) {
      toml::report_wrong_type(member.value, full_name, "a table", report);
      continue;
    }
    Written written;
    read_members(keys, *table, full_name + ".", written, report);
    each(member, written);
  }
}

std::vector<NodeType> read_node_types(const WrittenSite& written, toml::Report& report) {
  std::vector<NodeType> types;
  const auto check = [&](const toml::Member& member, const WrittenNodeType& type) {
    if (!type.cpus) report_missing(member.key_place, "cpus", report);
    if (!type.memory) report_missing(member.key_place, "memory", report);
    const auto gpus = value_or(type.gpus, std::int64_t{0});
    if (gpus < 0 || gpus > 1024) {
      report.error(type.gpus->place, fmt::format("gpus is {}, expected 0 to 1024", gpus));
    }
    if (!type.cpus || !type.memory) return;
    types.push_back({member.key, member.key_place, type.cpus->value, *type.memory,
                     static_cast<int>(gpus), value_or(type.gpu_type, {}),
                     value_or(type.partition, {}), value_or(type.constraint, {}),
                     type.allowed_partitions});
  };
  each_named<WrittenNodeType>(written.node_types, node_type_rows, "node_types", report, check);
  return types;
}

std::vector<ComputeTarget> read_targets(const WrittenSite& written,
                                        const std::vector<NodeType>& types, toml::Report& report) {
  std::vector<ComputeTarget> targets;
  const auto check = [&](const toml::Member& member, const WrittenTarget& target) {
    if (!target.node_type) return report_missing(member.key_place, "node_type", report);
    const auto type = std::ranges::find(types, target.node_type->value, &NodeType::name);
    if (type == types.end()) {
      return report.error(
          target.node_type->place,
          fmt::format("no node type is called '{}'", target.node_type->value),
          fmt::format("describe it under [node_types.{}]", target.node_type->value));
    }
    targets.push_back(
        {member.key, *type, value_or(target.partition, type->partition),
         value_or(target.account, {}), value_or(target.qos, {}),
         value_or(target.constraint, type->constraint),
         value_or(target.mpi, std::string(default_mpi)),
         target.allowed_partitions ? target.allowed_partitions : type->allowed_partitions});
  };
  each_named<WrittenTarget>(written.compute_targets, target_rows, "compute_targets", report, check);
  return targets;
}

std::vector<DataStore> read_data_stores(const WrittenSite& written, toml::Report& report) {
  std::vector<DataStore> stores;
  const auto check = [&](const toml::Member& member, const WrittenDataStore& store) {
    check_folder_of_runs(store.path, "path", member.key_place, report);
    if (!store.path) return;
    stores.push_back({member.key, member.key_place, without_last_slash(store.path->value),
                      value_or(store.on_all_nodes, true)});
  };
  each_named<WrittenDataStore>(written.data_stores, data_store_rows, "data_stores", report, check);
  return stores;
}

/// Every node type as what vm_size names.
std::vector<ComputeTarget> machines_of(const std::vector<NodeType>& types) {
  std::vector<ComputeTarget> machines;
  for (const auto& type : types) {
    machines.push_back({type.name, type, type.partition, "", "", type.constraint,
                        std::string(default_mpi), type.allowed_partitions});
  }
  return machines;
}

std::optional<Priority> priority(const Given<WrittenPriority>& given) {
  if (!given) return std::nullopt;
  const auto& written = given->value;
  return Priority{value_or(written.partition, {}), value_or(written.qos, {}),
                  value_or(written.account, {})};
}

SiteLimits read_limits(const WrittenLimits& written, const toml::Place& whole) {
  const auto usual = default_limits(whole);
  return {written.snapshot_size.value_or(usual.snapshot_size),
          written.snapshot_files.value_or(usual.snapshot_files), written.nodes,
          written.run_duration_seconds, written.allowed_images};
}

std::optional<ImageRef> image(const Given<ImageRef>& given) {
  return given ? std::optional(given->value) : std::nullopt;
}

}  // namespace

SiteLimits default_limits(const toml::Place& whole) {
  return {{default_snapshot_size, whole},
          {*toml::Count::from(default_snapshot_files), whole},
          std::nullopt,
          std::nullopt,
          std::nullopt};
}

const ComputeTarget* Site::find_target(std::string_view name) const {
  const auto found = std::ranges::find(targets, name, &ComputeTarget::name);
  return found == targets.end() ? nullptr : &*found;
}

const ComputeTarget* Site::find_machine(std::string_view name) const {
  const auto found = std::ranges::find(machines, name, &ComputeTarget::name);
  return found == machines.end() ? nullptr : &*found;
}

const DataStore* Site::find_data_store(std::string_view name) const {
  const auto found = std::ranges::find(data_stores, name, &DataStore::name);
  return found == data_stores.end() ? nullptr : &*found;
}

std::vector<std::string> Site::all_runs() const {
  std::vector<std::string> folders{runs};
  for (const auto& store : data_stores) folders.push_back(store.path);
  return folders;
}

std::optional<Site> read_site(const toml::Table& document, const std::string& file,
                              toml::Report& report) {
  const toml::Place whole{file, {}};
  toml::Report own;
  WrittenSite written;
  read_members<WrittenSite>(site_rows, document, "", written, own);
  check_folder_of_runs(written.runs, "runs", whole, own);
  auto data_stores = read_data_stores(written, own);
  const auto types = read_node_types(written, own);
  auto targets = read_targets(written, types, own);
  if (targets.empty() && !own.has_errors()) {
    own.error(whole, "there is no compute target", "describe one under [compute_targets.NAME]");
  }
  const bool wrong = own.has_errors();
  report.take(std::move(own));
  if (wrong) return std::nullopt;

  const auto images = value_or(written.images, {});
  const auto priorities = value_or(written.priorities, {});
  Site site{file,
            std::filesystem::path(written.runs->value).lexically_normal().string(),
            beside(file, value_or(written.recipes, std::string("recipes"))),
            value_or(written.default_framework_version,
                     default_of(estimator_keys(), &Estimator::framework_version)),
            image(images.cpu),
            image(images.gpu),
            read_limits(value_or(written.limits, {}), whole),
            std::move(targets),
            machines_of(types),
            priority(priorities.dedicated),
            priority(priorities.lowpriority),
            std::move(data_stores)};
  if (const auto& given = written.job_template) {
    site.job_template = {beside(file, given->value), given->place};
  }
  return site;
}

}  // namespace chainer::input
