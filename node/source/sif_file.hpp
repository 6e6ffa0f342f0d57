// Apptainer's image files (SIF, sylabs/sif and apptainer/sif): which part is the root file system.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "node/source/file_range.hpp"

namespace chainer::source {

/// Whether a file that begins so is a SIF file.
bool is_sif(std::string_view first_bytes);

/// Gives `size` bytes from `offset`, or fewer where the file ends.
using ReadRange = std::function<Result<std::string>(std::uint64_t offset, std::size_t size)>;

/// The squashfs partition that the file's container has as its root. One that is encrypted, that is
/// of another kind or for another processor is refused by name, as is a broken file.
Result<FileRange> find_root_partition(const ReadRange& read, std::uint64_t file_size);

}  // namespace chainer::source
