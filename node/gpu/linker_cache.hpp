// Which libraries this host's loader finds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace chainer::gpu {

struct CachedLibrary {
  std::string name;  ///< as a program asks for it
  std::string path;
  friend bool operator==(const CachedLibrary&, const CachedLibrary&) = default;
};

/// The libraries in what `ldconfig -p` prints, in its order, which is the loader's.
std::vector<CachedLibrary> parse_linker_cache(std::string_view printed);

/// Asks ldconfig.
Result<std::string> print_linker_cache();

/// Whether the library belongs to NVIDIA's driver, and so to the version of the kernel's module. The
/// toolkit's libraries, which images have, do not.
bool is_drivers_library(std::string_view name);

}  // namespace chainer::gpu
