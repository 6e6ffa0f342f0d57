// What the login side knows of its site: site.toml and the curated recipes beside it, checked.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_size.hpp"
#include "core/image_ref.hpp"
#include "submit/toml/value_reader.hpp"

namespace chainer {

struct NodeType {
  std::string name;
  Place place;
  Count cpus;
  Located<ByteSize> memory;
  int gpus{0};
  std::string gpu_type;  ///< empty where there is one kind
  /// Where Slurm has such nodes, for vm_size and for targets that do not say it themselves.
  std::string partition{}, constraint{};
  std::optional<Located<Strings>> allowed_partitions{};
};

/// What a vm_priority changes of a target; empty strings change nothing.
struct Priority {
  std::string partition, qos, account;
};

/// Empty strings say nothing to Slurm, which then uses its own default.
struct ComputeTarget {
  std::string name;
  NodeType node_type;
  std::string partition, account, qos, constraint;
  std::string mpi;
  std::optional<Located<Strings>> allowed_partitions;
};

struct SiteLimits {
  Located<ByteSize> snapshot_size;
  Located<Count> snapshot_files;
  std::optional<Located<Count>> nodes;
  std::optional<Located<Seconds>> run_duration;
  std::optional<Located<Strings>> allowed_images;
};

/// The limits of a site whose file, `whole`, names none.
SiteLimits default_limits(const Place& whole);

struct Site {
  std::string file;
  std::string runs;     ///< absolute, without a character that Slurm or a mount option would read
  std::string recipes;  ///< the folder of recipes
  std::string default_framework_version;
  std::optional<ImageRef> cpu_image, gpu_image;
  SiteLimits limits;
  std::vector<ComputeTarget> targets;
  std::vector<ComputeTarget> machines;  ///< each node type as the target that vm_size names
  std::optional<Priority> dedicated, low_priority;
  uid_t owner{0};  ///< of the file: whoever says what the site is, is believed

  const ComputeTarget* find_target(std::string_view name) const;
  const ComputeTarget* find_machine(std::string_view name) const;
};

/// Reads a parsed site file. Gives nothing when it reported an error.
std::optional<Site> read_site(const TomlTable& document, const std::string& file, Report& report);

}  // namespace chainer
