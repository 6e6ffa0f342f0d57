// The layers of jobs (--chainer-layer) that root keeps on a node until their job ends, and what is
// noted about each.
//
// They lie in RUN_DIR/layers/JOB, in a small file system of root's own. Names and images stand in
// the records alone, which root alone can read.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/kept_mounts.hpp"
#include "core/result.hpp"

namespace chainer {

inline constexpr unsigned most_layers_of_job = 8;

/// Of letters, digits, `_`, `.` and `-`, 64 at most, and not a dot first.
bool is_layer_name(std::string_view name);

struct JobLayer {
  unsigned number;
  uid_t user;                    ///< the job's
  std::uint32_t restart_count;   ///< how often the job had been requeued
  std::uint64_t mounted_device;  ///< st_dev of what is mounted
  std::string name;
  std::string image;      ///< what the layer lies over: `manifest/<64 hex>`
  std::string reference;  ///< and how it was asked for, which is only shown

  std::string record() const;
  static std::optional<JobLayer> parse(unsigned number, std::string_view record);
};

/// Where the layers of all jobs lie below the plugin's folder on a node.
std::string layers_folder(const std::string& run_dir);
std::string layers_folder(const std::string& run_dir, std::uint32_t job);

/// slurmd holds a lock on this file where it removes them.
std::string promise_file(const std::string& run_dir);

/// The layers of a job, in the order of their numbers.
std::vector<JobLayer> layers_in(const KeptMounts& places);

/// The jobs that have layers on this node. Nothing where there are none, or root alone may look.
std::vector<std::uint32_t> jobs_with_layers(const std::string& run_dir);

/// Takes away all layers of a job. A step that still runs in one keeps it until it ends. It is no
/// failure when there are none.
Result<void> remove_layers(const std::string& run_dir, std::uint32_t job);

}  // namespace chainer
