#include "submit/doctor/cluster_health.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace chainer::doctor {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr auto nothing_starts = "its jobs wait for ever, or are refused";

std::string known_of(const std::vector<std::string>& names) {
  return names.empty() ? "there is none" : fmt::format("known: {}", fmt::join(names, ", "));
}

/// Where the site file says a thing of a target, else of its node type, else the node type itself.
std::string place_of_key(const input::ComputeTarget& target, const std::string& key) {
  const auto text = [](const toml::Place& place) {
    return fmt::format("{}:{}:{}", place.file, place.at.line, place.at.column);
  };
  if (const auto at = target.written.find(key); at != target.written.end()) return text(at->second);
  const auto& of_type = target.node_type.written;
  if (const auto at = of_type.find(key); at != of_type.end()) return text(at->second);
  return text(target.node_type.place);
}

std::vector<std::string> names_of_partitions(const std::vector<run::NodeGroup>& groups) {
  std::vector<std::string> names;
  for (const auto& group : groups) {
    if (std::ranges::find(names, group.partition) == names.end()) names.push_back(group.partition);
  }
  return names;
}

/// The nodes that a target's jobs may get.
std::vector<run::NodeGroup> groups_of(const input::ComputeTarget& target,
                                      const std::vector<run::NodeGroup>& groups) {
  const auto wanted = run::listed_words(target.partition);
  std::vector<run::NodeGroup> own;
  std::ranges::copy_if(groups, std::back_inserter(own), [&](const run::NodeGroup& group) {
    return wanted.empty() ? group.is_default
                          : std::ranges::find(wanted, group.partition) != wanted.end();
  });
  return own;
}

void check_partitions_of(const input::ComputeTarget& target, const std::vector<std::string>& known,
                         HealthFindings& found) {
  for (const auto& name : run::listed_words(target.partition)) {
    if (std::ranges::find(known, name) != known.end()) continue;
    found.push_back({HealthLevel::problem,
                     fmt::format("the cluster has no partition '{}', which the target '{}' names",
                                 name, target.name),
                     place_of_key(target, "partition"), nothing_starts, known_of(known)});
  }
}

/// The most that one node of these has.
std::uint64_t most_of(const std::vector<run::NodeGroup>& groups, const auto& amount_of) {
  std::uint64_t most = 0;
  for (const auto& group : groups)
    most = std::max(most, static_cast<std::uint64_t>(amount_of(group)));
  return most;
}

void check_size_of(const input::ComputeTarget& target, const std::vector<run::NodeGroup>& own,
                   HealthFindings& found) {
  if (own.empty()) return;
  const auto& type = target.node_type;
  const auto compare = [&](std::string_view what, std::uint64_t said, std::uint64_t real,
                           std::string_view unit) {
    if (said <= real) return;
    found.push_back(
        {HealthLevel::problem,
         fmt::format("the node type '{}' has {}{} {}, and no node of the target '{}' has more than "
                     "{}{}",
                     type.name, said, unit, what, target.name, real, unit),
         fmt::format("{}:{}:{}", type.place.file, type.place.at.line, type.place.at.column),
         "runs that ask for a whole node never start",
         fmt::format("write {}, or name the partition that has such nodes", real)});
  };
  compare("CPUs", static_cast<std::uint64_t>(type.cpus.get()),
          most_of(own, [](const auto& group) { return group.cpus; }), "");
  compare("of memory", type.memory.value.bytes() / mebibyte,
          most_of(own, [](const auto& group) { return group.memory_mib; }), " MiB");
  compare(type.gpu_type.empty() ? "GPUs" : "GPUs of the type " + type.gpu_type,
          static_cast<std::uint64_t>(type.gpus),
          most_of(own, [&](const auto& group) { return run::gpus_of(group, type.gpu_type); }), "");
}

/// Targets of one node type share what is wrong with it.
void add_once(HealthFindings more, HealthFindings& found) {
  for (auto& one : more) {
    if (std::ranges::find(found, one) == found.end()) found.push_back(std::move(one));
  }
}

/// "slurm-wlm 22.05.8" and "22.05.8" give "22.05".
std::string release_in(const std::string& text) {
  const auto version = text.substr(text.rfind(' ') + 1);
  const auto first = version.find('.');
  const auto second = first == std::string::npos ? first : version.find('.', first + 1);
  return version.substr(0, second);
}

}  // namespace

HealthFindings check_targets(const input::Site& site, const std::vector<run::NodeGroup>& groups) {
  HealthFindings found;
  const auto known = names_of_partitions(groups);
  for (const auto& target : site.targets) {
    HealthFindings of_target;
    check_partitions_of(target, known, of_target);
    check_size_of(target, groups_of(target, groups), of_target);
    add_once(std::move(of_target), found);
  }
  return found;
}

HealthFindings check_mpi_types(const input::Site& site, const std::vector<std::string>& types) {
  HealthFindings found;
  for (const auto& target : site.targets) {
    if (std::ranges::find(types, target.mpi) != types.end()) continue;
    add_once({{HealthLevel::problem,
               fmt::format("srun has no --mpi={}, which the target '{}' asks for", target.mpi,
                           target.name),
               place_of_key(target, "mpi"), "its runs end before they start",
               target.mpi.starts_with("pmix") ? "install Slurm's PMIx plugin; " + known_of(types)
                                              : known_of(types)}},
             found);
  }
  return found;
}

HealthFindings check_options(const std::string& help) {
  if (help.find("--chainer-image") != std::string::npos) return {};
  return {{HealthLevel::problem, "srun does not know --chainer-image",
           "plugstack.conf on this host", "srun and sbatch refuse every run with an image",
           "install the plugin here too, and write 'required spank_chainer.so' into "
           "plugstack.conf"}};
}

HealthFindings check_versions(const std::string& commands, const std::string& controller) {
  if (controller.empty() || release_in(commands) == release_in(controller)) return {};
  return {{HealthLevel::warning,
           fmt::format("Slurm's commands here are {}, and the controller is {}",
                       commands.substr(commands.rfind(' ') + 1), controller),
           "sinfo --version", "a plugin is loaded by the Slurm that it was built for alone",
           "see that this host's plugin was built for its commands"}};
}

}  // namespace chainer::doctor
