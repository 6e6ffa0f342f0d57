// Finds the libraries and tools of this node's GPU driver.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/gpu_files.hpp"
#include "core/result.hpp"

namespace chainer::gpu {

struct DriverFiles {
  GpuFiles list;                        ///< no files where the node has no driver
  std::string source{};                 ///< what named them
  std::vector<std::string> left_out{};  ///< a sentence for each that the list cannot hold
};

/// Where the driver is looked for.
struct DriverPlaces {
  /// Of CDI specifications: the first that has any for GPUs counts.
  std::vector<std::string> cdi_folders{"/var/run/cdi", "/etc/cdi"};
  /// Of its tools, after the folder `bin` beside that of its libraries.
  std::vector<std::string> tool_folders{"/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/bin"};
  /// What `ldconfig -p` prints; asked where no specification names a library.
  std::function<Result<std::string>()> linker_cache;
};

/// An error where a specification cannot be read, or names a file that is not there.
Result<DriverFiles> find_driver_files(const DriverPlaces& places);

}  // namespace chainer::gpu
