// The list of what containers get of a node's GPU driver: its libraries and tools. `chainer-node
// gpu-files` writes it, and root reads it in each step that has a GPU.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace chainer {

/// A file of the host's, and what it is called in the container.
struct GpuFile {
  enum class Kind { library, tool };
  Kind kind{Kind::library};
  std::string name;  ///< as the loader or a person asks for it, such as libcuda.so.1
  std::string path;  ///< absolute, without . and ..
  friend bool operator==(const GpuFile&, const GpuFile&) = default;
};

struct GpuFiles {
  std::string driver;  ///< the version of the driver that they belong to; empty: not known
  std::vector<GpuFile> files;
  friend bool operator==(const GpuFiles&, const GpuFiles&) = default;
};

/// Each file is a mount in every container with a GPU.
inline constexpr std::size_t most_gpu_files = 256;

/// Bytes of the file that holds a list.
inline constexpr std::size_t largest_gpu_list = 128 * 1024;

/// Whether the list may hold the name, or the path.
bool is_gpu_file_name(std::string_view name);
bool is_gpu_file_path(std::string_view path);

/// Reads the lines `driver VERSION`, `library NAME PATH` and `tool NAME PATH`; one that begins with
/// # says nothing. The first line that is anything else is the node's fault, and is named.
Result<GpuFiles> parse_gpu_files(std::string_view text, std::string_view path);

/// The list as it is written, with `remark` in front.
std::string gpu_files_text(const GpuFiles& list, std::string_view remark);

/// Reads the list at `path`, which root alone may be able to change; nothing where there is none.
Result<std::optional<GpuFiles>> load_gpu_files(const std::string& path);

}  // namespace chainer
