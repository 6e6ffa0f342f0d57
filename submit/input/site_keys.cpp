#include "submit/input/site_keys.hpp"

#include <algorithm>

#include "submit/input/key_search.hpp"
#include "submit/input/table_reader.hpp"

namespace chainer::input {
namespace {

constexpr Key<WrittenImages> image_rows[] = {
    key<&WrittenImages::cpu>(
        {.name = "cpu", .sentence = "The image of runs that name none and want no GPUs."}),
    key<&WrittenImages::gpu>(
        {.name = "gpu",
         .sentence = "The same with use_gpu; without it such a run has to name its image."}),
    key<&WrittenImages::mpi_of_nodes>(
        {.name = "mpi_of_nodes",
         .fallback = false,
         .sentence = "Whether plugin.conf binds an MPI of the nodes into every container. Then "
                     "check --online looks for none in the image of a run with several ranks."}),
};
constexpr Key<WrittenLimits> limit_rows[] = {
    key<&WrittenLimits::snapshot_size>(
        {.name = "snapshot_size",
         .unit = "b, k, m or g",
         .fallback = ByteSize::from_bytes(std::uint64_t{300} << 20),
         .sentence = "How large source_directory may be, without what the ignore file names."}),
    key<&WrittenLimits::snapshot_files>({.name = "snapshot_files",
                                         .fallback = *toml::Count::from(2000),
                                         .sentence = "How many files it may hold."}),
    key<&WrittenLimits::nodes>(
        {.name = "nodes", .sentence = "The most nodes that one run may ask for."}),
    key<&WrittenLimits::run_duration_seconds>(
        {.name = "run_duration_seconds",
         .unit = "seconds",
         .sentence = "The longest time limit that a run may ask for. A run that asks for none gets "
                     "the default's, else this one."}),
    key<&WrittenLimits::allowed_images>(
        {.name = "allowed_images",
         .sentence = "Shell patterns, of which one must match the full name of a run's image; * "
                     "matches / too. Full names are docker://HOST/REPOSITORY:TAG, oci:/DIR, … "
                     "Without it every image is allowed."}),
};
constexpr Key<WrittenDefaults> default_rows[] = {
    key<&WrittenDefaults::run_duration_seconds>(
        {.name = "run_duration_seconds",
         .unit = "seconds",
         .sentence = "The time limit of runs without max_run_duration_seconds."}),
    key<&WrittenDefaults::shm_size>({.name = "shm_size",
                                     .unit = "b, k, m or g",
                                     .sentence = "The /dev/shm of runs without shm_size."}),
    key<&WrittenDefaults::binding>(
        {.name = "binding",
         .sentence = "The slurm.binding of runs without one: \"auto\", \"cores\" or \"none\"."}),
};
constexpr Key<WrittenEnvironment> environment_rows[] = {
    key<&WrittenEnvironment::keep>(
        {.name = "keep",
         .sentence = "Variables of the submitting shell that reach the container although "
                     "plugin.conf or the image would replace them."}),
    key<&WrittenEnvironment::drop>(
        {.name = "drop",
         .sentence = "Variables of the submitting shell that no run gets; NAME* are all that begin "
                     "so."}),
};
constexpr Key<WrittenIndexes> index_rows[] = {
    key<&WrittenIndexes::pip>(
        {.name = "pip",
         .sentence = "The package index that pip's packages come from ($PIP_INDEX_URL)."}),
    key<&WrittenIndexes::pip_extra>(
        {.name = "pip_extra", .sentence = "More of them ($PIP_EXTRA_INDEX_URL)."}),
    key<&WrittenIndexes::pip_trusted_hosts>(
        {.name = "pip_trusted_hosts",
         .sentence = "Hosts of indexes whose certificates are not checked ($PIP_TRUSTED_HOST)."}),
    key<&WrittenIndexes::conda_channel_alias>(
        {.name = "conda_channel_alias",
         .sentence =
             "The URL above conda's channels that are given by name ($CONDA_CHANNEL_ALIAS)."}),
    key<&WrittenIndexes::conda_channels>(
        {.name = "conda_channels",
         .sentence = "The channels of runs that name none ($CONDA_CHANNELS)."}),
};
constexpr Key<WrittenNodeType> node_type_rows[] = {
    key<&WrittenNodeType::cpus>(
        {.name = "cpus", .sentence = "CPUs of one node, as Slurm counts them; must be given."}),
    key<&WrittenNodeType::memory>(
        {.name = "memory",
         .unit = "b, k, m or g",
         .sentence = "Memory of one node that jobs may have; must be given."}),
    key<&WrittenNodeType::gpus>(
        {.name = "gpus", .fallback = std::int64_t{0}, .sentence = "GPUs of one node, 0 to 1024."}),
    key<&WrittenNodeType::gpu_type>(
        {.name = "gpu_type",
         .sentence = "Their type as gres.conf names it; leave it out where there is one kind."}),
    key<&WrittenNodeType::partition>(
        {.name = "partition",
         .sentence =
             "Where Slurm has such nodes, for vm_size and for targets that do not say it."}),
    key<&WrittenNodeType::constraint>(
        {.name = "constraint", .sentence = "The same as a feature of the nodes."}),
    key<&WrittenNodeType::mpi>({.name = "mpi",
                                .fallback = "pmix",
                                .sentence = "What srun --mpi is given, for vm_size and for targets "
                                            "that do not say it; Open MPI of Debian needs pmix."}),
    key<&WrittenNodeType::allowed_partitions>(
        {.name = "allowed_partitions",
         .sentence = "What slurm.partition of an estimator may name; every partition without it."}),
};
constexpr Key<WrittenTarget> target_rows[] = {
    key<&WrittenTarget::node_type>(
        {.name = "node_type", .sentence = "One of [node_types]; must be given."}),
    key<&WrittenTarget::partition>({.name = "partition",
                                    .sentence = "The partition to run in; the node type's unless "
                                                "it is given."}),
    key<&WrittenTarget::account>(
        {.name = "account", .sentence = "The account that jobs are charged to."}),
    key<&WrittenTarget::qos>({.name = "qos", .sentence = "The quality of service of its jobs."}),
    key<&WrittenTarget::constraint>({.name = "constraint",
                                     .sentence = "Features that its nodes must have; the node "
                                                 "type's unless it is given."}),
    key<&WrittenTarget::mpi>(
        {.name = "mpi",
         .sentence = "What srun --mpi is given; the node type's unless it is given."}),
    key<&WrittenTarget::allowed_partitions>(
        {.name = "allowed_partitions",
         .sentence = "What slurm.partition of an estimator may name; the node type's unless it is "
                     "given."}),
};
constexpr Key<WrittenPriority> priority_rows[] = {
    key<&WrittenPriority::partition>(
        {.name = "partition", .sentence = "The partition, in place of the node type's."}),
    key<&WrittenPriority::qos>({.name = "qos", .sentence = "The quality of service."}),
    key<&WrittenPriority::account>({.name = "account", .sentence = "The account."}),
};
constexpr std::span<const Key<WrittenPriority>> priority_keys() { return priority_rows; }
constexpr Key<WrittenPriorities> priorities_rows[] = {
    section<&WrittenPriorities::dedicated, priority_keys>(
        {.name = "dedicated",
         .sentence = "What vm_size runs with, unless vm_priority is lowpriority."}),
    section<&WrittenPriorities::lowpriority, priority_keys>(
        {.name = "lowpriority",
         .sentence = "What vm_priority = \"lowpriority\" changes; nobody can ask for it without "
                     "this table. Slurm may queue such a job again when another takes its place."}),
};
constexpr Key<WrittenDataStore> data_store_rows[] = {
    key<&WrittenDataStore::path>(
        {.name = "path", .sentence = "A folder for runs; what is said of `runs` holds for it."}),
    key<&WrittenDataStore::on_all_nodes>(
        {.name = "on_all_nodes",
         .fallback = true,
         .sentence = "Whether every node sees it; one that they do not see serves runs on one "
                     "node."}),
};

constexpr std::span<const Key<WrittenLimits>> keys_of_limits() { return limit_rows; }
constexpr std::span<const Key<WrittenDefaults>> default_keys() { return default_rows; }
constexpr std::span<const Key<WrittenEnvironment>> environment_keys() { return environment_rows; }
constexpr std::span<const Key<WrittenIndexes>> index_keys() { return index_rows; }
constexpr std::span<const Key<WrittenPriorities>> priorities_keys() { return priorities_rows; }

constexpr Key<WrittenSite> site_rows[] = {
    key<&WrittenSite::runs>(
        {.name = "runs",
         .sentence = "The folder of all runs, which the login node and every node see; an absolute "
                     "path; must be given. A run gets <runs>/<user>/<run>."}),
    key<&WrittenSite::recipes>(
        {.name = "recipes",
         .fallback = "recipes",
         .sentence = "The folder of curated recipes, one <framework_version>.toml each, relative "
                     "to this file's folder."}),
    key<&WrittenSite::default_framework_version>(
        {.name = "default_framework_version",
         .sentence = "What a run gets that names no framework_version."}),
    key<&WrittenSite::job_template>(
        {.name = "template",
         .sentence =
             "The job template in place of the tool's own, relative to this file's folder."}),
    section<&WrittenSite::images, image_keys>(
        {.name = "images", .sentence = "Images for runs that name none."}),
    section<&WrittenSite::limits, keys_of_limits>(
        {.name = "limits", .sentence = "What no run may go beyond."}),
    section<&WrittenSite::defaults, default_keys>(
        {.name = "defaults", .sentence = "What runs get that do not say it themselves."}),
    section<&WrittenSite::environment, environment_keys>(
        {.name = "environment",
         .sentence = "What runs have of the submitting shell's environment."}),
    section<&WrittenSite::package_indexes, index_keys>(
        {.name = "package_indexes",
         .sentence = "Where packages come from, for jobs whose shell has no such variable. Without "
                     "credentials: those belong into the configuration of pip and conda on the "
                     "nodes."}),
    section<&WrittenSite::priorities, priorities_keys>(
        {.name = "priorities", .sentence = "What vm_priority means beside vm_size."}),
    key<&WrittenSite::node_types>(
        {.name = "node_types",
         .sentence = "What one node has, a table for each kind. vm_size names one."}),
    key<&WrittenSite::compute_targets>(
        {.name = "compute_targets",
         .sentence = "What compute_target names, a table for each. [slurm] of an estimator wins."}),
    key<&WrittenSite::data_stores>(
        {.name = "data_stores",
         .sentence = "Folders for runs beside `runs`, which source_directory_data_store names."}),
};

}  // namespace

std::span<const Key<WrittenSite>> site_keys() { return site_rows; }
std::span<const Key<WrittenImages>> image_keys() { return image_rows; }
std::span<const Key<WrittenLimits>> limit_keys() { return limit_rows; }
std::span<const Key<WrittenNodeType>> node_type_keys() { return node_type_rows; }
std::span<const Key<WrittenTarget>> target_keys() { return target_rows; }
std::span<const Key<WrittenDataStore>> data_store_keys() { return data_store_rows; }

std::vector<ListedKey> all_site_keys() {
  std::vector<ListedKey> listed;
  list_keys("", site_keys(), listed);
  std::erase_if(listed,
                [](const ListedKey& key) { return key.info.kind == toml::ValueKind::table; });
  for (auto& key : listed) {
    // Its default is that of the estimator's own key, and is written only there.
    if (key.info.name == "default_framework_version")
      key.info.fallback = find_key("framework_version")->info.fallback;
  }
  list_keys("images", image_keys(), listed);
  list_keys("limits", limit_keys(), listed);
  list_keys("defaults", default_keys(), listed);
  list_keys("environment", environment_keys(), listed);
  list_keys("package_indexes", index_keys(), listed);
  list_keys("node_types.NAME", node_type_keys(), listed);
  list_keys("compute_targets.NAME", target_keys(), listed);
  list_keys("priorities.dedicated", priority_keys(), listed);
  list_keys("priorities.lowpriority", priority_keys(), listed);
  list_keys("data_stores.NAME", data_store_keys(), listed);
  return listed;
}

std::string_view sentence_of_site_table(std::string_view section) {
  if (section == "priorities.dedicated") return priorities_rows[0].info.sentence;
  if (section == "priorities.lowpriority") return priorities_rows[1].info.sentence;
  const auto* row = std::ranges::find(site_rows, section.substr(0, section.find('.')),
                                      [](const auto& key) { return key.info.name; });
  return row == std::end(site_rows) ? std::string_view() : row->info.sentence;
}

}  // namespace chainer::input
