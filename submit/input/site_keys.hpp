// The one table of the site file's keys: parser, schema, page and `site show` come from it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "submit/input/key_table.hpp"

namespace chainer::input {

struct WrittenImages {
  Given<ImageRef> cpu, gpu;
  Given<bool> mpi_of_nodes;
};

struct WrittenLimits {
  Given<ByteSize> snapshot_size;
  Given<toml::Count> snapshot_files, nodes;
  Given<toml::Seconds> run_duration_seconds;
  Given<toml::Strings> allowed_images;
};

struct WrittenDefaults {
  Given<toml::Seconds> run_duration_seconds;
  Given<ByteSize> shm_size;
  Given<std::string> binding;
};

struct WrittenEnvironment {
  Given<toml::Strings> keep, drop;
};

struct WrittenIndexes {
  Given<std::string> pip;
  Given<toml::Strings> pip_extra, pip_trusted_hosts;
  Given<std::string> conda_channel_alias;
  Given<toml::Strings> conda_channels;
};

struct WrittenNodeType {
  Given<toml::Count> cpus;
  Given<ByteSize> memory;
  Given<std::int64_t> gpus;
  Given<std::string> gpu_type, partition, constraint, mpi;
  Given<toml::Strings> allowed_partitions;
};

struct WrittenTarget {
  Given<std::string> node_type, partition, account, qos, constraint, mpi;
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

/// The file as it was written.
struct WrittenSite {
  Given<std::string> runs, recipes, default_framework_version, job_template;
  Given<WrittenImages> images;
  Given<WrittenLimits> limits;
  Given<WrittenDefaults> defaults;
  Given<WrittenEnvironment> environment;
  Given<WrittenIndexes> package_indexes;
  Given<WrittenPriorities> priorities;
  Given<toml::Table> node_types, compute_targets, data_stores;
};

std::span<const Key<WrittenSite>> site_keys();
std::span<const Key<WrittenImages>> image_keys();
std::span<const Key<WrittenLimits>> limit_keys();
std::span<const Key<WrittenNodeType>> node_type_keys();
std::span<const Key<WrittenTarget>> target_keys();
std::span<const Key<WrittenDataStore>> data_store_keys();

/// Stands for the name that a site gives one of its tables: "node_types.NAME".
constexpr std::string_view any_name = "NAME";

/// Every key of the site file with the table that it stands in ("", "limits", "node_types.NAME",
/// …), in the order of the documentation.
std::vector<ListedKey> all_site_keys();

/// What a whole table of the site file is for; empty for the top level.
std::string_view sentence_of_site_table(std::string_view section);

}  // namespace chainer::input
