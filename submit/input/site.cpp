#include "submit/input/site.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "core/characters.hpp"
#include "submit/input/binding_words.hpp"
#include "submit/input/defaults.hpp"
#include "submit/input/site_keys.hpp"
#include "submit/input/table_reader.hpp"

namespace chainer::input {
namespace {

template <typename T>
T value_or(const Given<T>& given, T fallback) {
  return given ? given->value : std::move(fallback);
}

void report_missing(const toml::Place& place, std::string_view key, toml::Report& report) {
  report.error(place, fmt::format("the key '{}' is missing", key));
}

/// The same for a key of a named table. A key that is there with a wrong value has its own finding.
void demand(const toml::Member& table, std::string_view key, toml::Report& report) {
  const auto& members = std::get<toml::Table>(table.value.data);
  if (std::ranges::find(members, key, &toml::Member::key) != members.end()) return;
  report_missing(table.key_place, key, report);
}

template <typename T>
void note(WrittenPlaces& places, const char* key, const Given<T>& given) {
  if (given) places.insert_or_assign(key, given->place);
}

/// A relative path in a file starts at the file's folder.
std::string beside(const std::string& file, const std::string& path) {
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

/// The folder's name gets into #SBATCH lines, mount options and scripts: characters that mean
/// something to any of these are refused here once and for all.
void check_folder_of_runs(const toml::Located<std::string>& folder, std::string_view key,
                          toml::Report& report) {
  if (!folder.value.starts_with('/')) {
    report.error(folder.place,
                 fmt::format("{} is '{}', expected an absolute path", key, folder.value));
  } else if (folder.value.find_first_of("%\\:,\"' \t") != std::string::npos) {
    report.error(folder.place, fmt::format("{} holds a blank, a quote or one of % \\ : ,", key),
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
    demand(member, "cpus", report);
    demand(member, "memory", report);
    const auto gpus =
        type.gpus ? type.gpus->value : default_of(node_type_keys(), &WrittenNodeType::gpus);
    if (gpus < 0 || gpus > 1024) {
      report.error(type.gpus->place, fmt::format("gpus is {}, expected 0 to 1024", gpus));
    }
    if (!type.cpus || !type.memory) return;
    WrittenPlaces places;
    note(places, "gpu_type", type.gpu_type);
    note(places, "partition", type.partition);
    note(places, "constraint", type.constraint);
    note(places, "mpi", type.mpi);
    types.push_back(
        {member.key, member.key_place, type.cpus->value, *type.memory, static_cast<int>(gpus),
         value_or(type.gpu_type, {}), value_or(type.partition, {}), value_or(type.constraint, {}),
         type.mpi ? type.mpi->value : default_of(node_type_keys(), &WrittenNodeType::mpi),
         type.allowed_partitions, std::move(places)});
  };
  each_named(written.node_types, node_type_keys(), "node_types", report, check);
  return types;
}

/// Reports a node type that the file does not describe; a faulty description has been reported
/// already.
void report_undescribed(const WrittenSite& written, const toml::Located<std::string>& type,
                        toml::Report& report) {
  std::vector<std::string_view> described;
  if (written.node_types) {
    for (const auto& member : written.node_types->value) described.push_back(member.key);
  }
  if (std::ranges::find(described, type.value) != described.end()) return;
  const auto meant = nearest(type.value, described);
  report.error(type.place, fmt::format("no node type is called '{}'", type.value),
               meant.empty() ? fmt::format("describe it under [node_types.{}]", type.value)
                             : fmt::format("did you mean '{}'?", meant));
}

std::vector<ComputeTarget> read_targets(const WrittenSite& written,
                                        const std::vector<NodeType>& types, toml::Report& report) {
  std::vector<ComputeTarget> targets;
  const auto check = [&](const toml::Member& member, const WrittenTarget& target) {
    demand(member, "node_type", report);
    if (!target.node_type) return;
    const auto type = std::ranges::find(types, target.node_type->value, &NodeType::name);
    if (type == types.end()) {
      return report_undescribed(written, *target.node_type, report);
    }
    auto places = type->written;
    note(places, "partition", target.partition);
    note(places, "account", target.account);
    note(places, "qos", target.qos);
    note(places, "constraint", target.constraint);
    note(places, "mpi", target.mpi);
    targets.push_back(
        {member.key, *type, value_or(target.partition, type->partition),
         value_or(target.account, {}), value_or(target.qos, {}),
         value_or(target.constraint, type->constraint), value_or(target.mpi, type->mpi),
         target.allowed_partitions ? target.allowed_partitions : type->allowed_partitions,
         std::move(places)});
  };
  each_named(written.compute_targets, target_keys(), "compute_targets", report, check);
  return targets;
}

std::vector<DataStore> read_data_stores(const WrittenSite& written, toml::Report& report) {
  std::vector<DataStore> stores;
  const auto check = [&](const toml::Member& member, const WrittenDataStore& store) {
    demand(member, "path", report);
    if (!store.path) return;
    check_folder_of_runs(*store.path, "path", report);
    stores.push_back({member.key, member.key_place, without_last_slash(store.path->value),
                      store.on_all_nodes
                          ? store.on_all_nodes->value
                          : default_of(data_store_keys(), &WrittenDataStore::on_all_nodes)});
  };
  each_named(written.data_stores, data_store_keys(), "data_stores", report, check);
  return stores;
}

/// Every node type as a target, which vm_size names.
std::vector<ComputeTarget> machines_of(const std::vector<NodeType>& types) {
  std::vector<ComputeTarget> machines;
  for (const auto& type : types) {
    machines.push_back({type.name, type, type.partition, "", "", type.constraint, type.mpi,
                        type.allowed_partitions, type.written});
  }
  return machines;
}

std::optional<Priority> priority(const Given<WrittenPriority>& given) {
  if (!given) return std::nullopt;
  const auto& written = given->value;
  WrittenPlaces places;
  note(places, "partition", written.partition);
  note(places, "qos", written.qos);
  note(places, "account", written.account);
  return Priority{value_or(written.partition, {}), value_or(written.qos, {}),
                  value_or(written.account, {}), std::move(places)};
}

SiteLimits read_limits(const WrittenLimits& written, const toml::Place& whole) {
  const auto usual = default_limits(whole);
  return {written.snapshot_size.value_or(usual.snapshot_size),
          written.snapshot_files.value_or(usual.snapshot_files), written.nodes,
          written.run_duration_seconds, written.allowed_images};
}

SiteDefaults read_defaults(const WrittenDefaults& written, const SiteLimits& limits,
                           toml::Report& report) {
  const auto& duration = written.run_duration_seconds;
  const auto& longest = limits.run_duration;
  if (duration && longest && duration->value.get() > longest->value.get()) {
    report.error(duration->place,
                 fmt::format("defaults.run_duration_seconds is {}, and limits.run_duration_seconds "
                             "(line {}) is {}",
                             duration->value.get(), longest->place.at.line, longest->value.get()),
                 "the default has to be within the limit");
  }
  const auto& binding = written.binding;
  if (binding && !is_word_of_binding(binding->value)) {
    report.error(
        binding->place,
        fmt::format("defaults.binding is '{}', and has to be auto, cores or none", binding->value),
        "a mask fits one number of processes: it belongs into a run's own slurm.binding");
  }
  return {duration, written.shm_size, value_or(binding, {})};
}

// What runs get of the submitting shell's environment.

/// Beginnings of names of variables that srun itself needs in each step.
constexpr std::string_view slurms_own[] = {"SLURM_", "PMIX_"};

void check_variable(const toml::Located<std::string>& name, std::string_view key,
                    toml::Report& report) {
  if (!is_variable_name(name.value)) {
    report.error(
        name.place,
        fmt::format("'{}' in {} is not the name of an environment variable", name.value, key),
        "a name is letters, digits and '_', and starts with no digit");
  }
}

void check_dropped(const toml::Located<std::string>& pattern, toml::Report& report) {
  std::string_view name = pattern.value;
  const bool is_beginning = name.ends_with('*');
  if (is_beginning) name.remove_suffix(1);
  const bool drops_slurms = std::ranges::any_of(slurms_own, [&](std::string_view own) {
    return name.starts_with(own) || (is_beginning && own.starts_with(name));
  });
  if (drops_slurms) {
    return report.error(
        pattern.place,
        fmt::format("environment.drop would take away Slurm's own variables: '{}'", pattern.value),
        "no step of a run would start without them");
  }
  check_variable({std::string(name), pattern.place}, "environment.drop", report);
}

/// What would get into every job's script and environment may not hold a password.
void check_url(const toml::Located<std::string>& url, std::string_view key, toml::Report& report) {
  const auto scheme = url.value.find("://");
  const auto host = scheme == std::string::npos ? std::string() : url.value.substr(scheme + 3);
  if (host.empty() || url.value.find_first_of(" \t,") != std::string::npos) {
    report.error(url.place, fmt::format("{} is '{}', expected a URL", key, url.value),
                 "such as https://mirror.example.org/simple");
  } else if (host.substr(0, host.find('/')).find('@') != std::string::npos) {
    report.error(url.place, fmt::format("{} holds a user or a password", key),
                 "it would stand in every job's script: pip's and conda's own configuration on "
                 "the nodes, or each person's netrc, is the place for it");
  }
}

void check_each_url(const Given<toml::Strings>& urls, std::string_view key, toml::Report& report) {
  if (!urls) return;
  for (const auto& url : urls->value) check_url(url, key, report);
}

void check_word(const toml::Located<std::string>& word, std::string_view key,
                toml::Report& report) {
  if (!word.value.empty() && word.value.find_first_of(" \t,") == std::string::npos) return;
  report.error(word.place,
               fmt::format("'{}' in {} is empty, or holds a blank or a comma", word.value, key));
}

/// The variables that the builders of environments read.
std::vector<std::pair<std::string, std::string>> index_variables(const WrittenIndexes& written) {
  std::vector<std::pair<std::string, std::string>> variables;
  const auto set = [&](const char* name, std::string value) {
    if (!value.empty()) variables.emplace_back(name, std::move(value));
  };
  set("PIP_INDEX_URL", value_or(written.pip, {}));
  set("PIP_EXTRA_INDEX_URL", fmt::format("{}", fmt::join(plain(written.pip_extra), " ")));
  set("PIP_TRUSTED_HOST", fmt::format("{}", fmt::join(plain(written.pip_trusted_hosts), " ")));
  set("CONDA_CHANNEL_ALIAS", value_or(written.conda_channel_alias, {}));
  set("CONDA_CHANNELS", fmt::format("{}", fmt::join(plain(written.conda_channels), ",")));
  return variables;
}

SiteEnvironment read_environment(const WrittenEnvironment& written, const WrittenIndexes& indexes,
                                 toml::Report& report) {
  if (written.keep) {
    for (const auto& name : written.keep->value) check_variable(name, "environment.keep", report);
  }
  if (written.drop) {
    for (const auto& pattern : written.drop->value) check_dropped(pattern, report);
  }
  if (indexes.pip) check_url(*indexes.pip, "package_indexes.pip", report);
  check_each_url(indexes.pip_extra, "package_indexes.pip_extra", report);
  if (indexes.conda_channel_alias) {
    check_url(*indexes.conda_channel_alias, "package_indexes.conda_channel_alias", report);
  }
  for (const auto& [words, key] :
       {std::pair{&indexes.pip_trusted_hosts, "package_indexes.pip_trusted_hosts"},
        std::pair{&indexes.conda_channels, "package_indexes.conda_channels"}}) {
    if (!*words) continue;
    for (const auto& word : (*words)->value) check_word(word, key, report);
  }
  return {plain(written.keep), plain(written.drop), index_variables(indexes)};
}

std::optional<ImageRef> image(const Given<ImageRef>& given) {
  return given ? std::optional(given->value) : std::nullopt;
}

}  // namespace

SiteLimits default_limits(const toml::Place& whole) {
  return {{default_of(limit_keys(), &WrittenLimits::snapshot_size), whole},
          {default_of(limit_keys(), &WrittenLimits::snapshot_files), whole},
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
  read_members(site_keys(), document, "", written, own);
  if (std::ranges::find(document, "runs", &toml::Member::key) == document.end())
    report_missing(whole, "runs", own);
  if (written.runs) check_folder_of_runs(*written.runs, "runs", own);
  const auto limits = read_limits(value_or(written.limits, {}), whole);
  const auto defaults = read_defaults(value_or(written.defaults, {}), limits, own);
  auto environment = read_environment(value_or(written.environment, {}),
                                      value_or(written.package_indexes, {}), own);
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
            beside(file, value_or(written.recipes, default_of(site_keys(), &WrittenSite::recipes))),
            value_or(written.default_framework_version,
                     default_of(estimator_keys(), &Estimator::framework_version)),
            image(images.cpu),
            image(images.gpu),
            value_or(images.mpi_of_nodes, default_of(image_keys(), &WrittenImages::mpi_of_nodes)),
            limits,
            std::move(targets),
            machines_of(types),
            priority(priorities.dedicated),
            priority(priorities.lowpriority),
            std::move(data_stores),
            defaults,
            std::move(environment)};
  if (const auto& given = written.job_template) {
    site.job_template = {beside(file, given->value), given->place};
  }
  return site;
}

}  // namespace chainer::input
