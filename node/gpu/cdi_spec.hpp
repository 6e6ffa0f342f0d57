// Specifications of the Container Device Interface: what the vendor of a device says that containers
// need for it.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"

namespace chainer::gpu {

struct CdiMount {
  std::string host_path;
  std::string container_path;
  friend bool operator==(const CdiMount&, const CdiMount&) = default;
};

struct CdiSpec {
  std::string kind;              ///< VENDOR/CLASS, such as nvidia.com/gpu
  std::vector<CdiMount> mounts;  ///< those of every container, and those of each device
  bool is_for_gpus() const { return kind.ends_with("/gpu"); }
};

/// Reads YAML or JSON. The error names the line, not the file.
Result<CdiSpec> parse_cdi_spec(const std::string& text);

}  // namespace chainer::gpu
