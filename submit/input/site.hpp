// What the login side knows of its site: site.toml and the curated recipes beside it, checked.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/byte_size.hpp"
#include "core/image_ref.hpp"
#include "submit/toml/value_reader.hpp"

namespace chainer::input {

/// Where the site file sets a target's properties, by key: "partition", "qos", …
using WrittenPlaces = std::map<std::string, toml::Place>;

struct NodeType {
  std::string name;
  toml::Place place;
  toml::Count cpus;
  toml::Located<ByteSize> memory;
  int gpus{0};
  std::string gpu_type;  ///< empty where there is only one kind
  /// Where Slurm has such nodes, for vm_size and for targets that do not say so themselves.
  std::string partition{}, constraint{}, mpi{};
  std::optional<toml::Located<toml::Strings>> allowed_partitions{};
  WrittenPlaces written{};
};

/// What a vm_priority changes in a target; empty strings change nothing.
struct Priority {
  std::string partition, qos, account;
  WrittenPlaces written{};
};

/// Empty strings leave it to Slurm's own default.
struct ComputeTarget {
  std::string name;
  NodeType node_type;
  std::string partition, account, qos, constraint;
  std::string mpi;
  std::optional<toml::Located<toml::Strings>> allowed_partitions;
  WrittenPlaces written{};
};

/// A folder for runs beside the site's own.
struct DataStore {
  std::string name;
  toml::Place place;
  std::string path;  ///< absolute
  bool on_all_nodes{true};
};

struct SiteLimits {
  toml::Located<ByteSize> snapshot_size;
  toml::Located<toml::Count> snapshot_files;
  std::optional<toml::Located<toml::Count>> nodes;
  std::optional<toml::Located<toml::Seconds>> run_duration;
  std::optional<toml::Located<toml::Strings>> allowed_images;
};

/// The limits of a site whose file, at the place `whole`, names none.
SiteLimits default_limits(const toml::Place& whole);

/// What runs get that do not ask for it themselves.
struct SiteDefaults {
  std::optional<toml::Located<toml::Seconds>> run_duration;
  std::optional<toml::Located<ByteSize>> shm_size;
  std::string binding{};  ///< auto, cores or none; empty: as Slurm does
};

/// What runs get of the submitting shell's environment.
struct SiteEnvironment {
  std::vector<std::string> keep;  ///< names
  std::vector<std::string> drop;  ///< names, or beginnings of names followed by `*`
  /// Set where the shell has no such variable: tells pip and conda where packages come from.
  std::vector<std::pair<std::string, std::string>> set;
};

struct Site {
  std::string file;
  std::string runs;     ///< absolute, without a character that Slurm or a mount option would read
  std::string recipes;  ///< the folder of recipes
  std::string default_framework_version;
  std::optional<ImageRef> cpu_image{}, gpu_image{};
  bool has_mpi_of_nodes{false};  ///< in every container, whatever MPI the image holds
  SiteLimits limits;
  std::vector<ComputeTarget> targets;
  std::vector<ComputeTarget> machines;  ///< each node type as the target that vm_size names
  std::optional<Priority> dedicated{}, low_priority{};
  std::vector<DataStore> data_stores;
  SiteDefaults defaults{};
  SiteEnvironment environment{};
  uid_t owner{0};  ///< of the file: the account that is believed about the site
  /// The site's own job template; a relative path starts where the site file's own path starts.
  std::optional<toml::Located<std::string>> job_template{};
  /// This machine, for compute_target = "local" where no target of the file has that name.
  std::optional<ComputeTarget> local{};

  const ComputeTarget* find_target(std::string_view name) const;
  const ComputeTarget* find_machine(std::string_view name) const;
  const DataStore* find_data_store(std::string_view name) const;
  /// Every folder that runs may lie in.
  std::vector<std::string> all_runs() const;
};

/// Reads a parsed site file. Gives nothing when it reported an error.
std::optional<Site> read_site(const toml::Table& document, const std::string& file,
                              toml::Report& report);

}  // namespace chainer::input
