// Apptainer's image files (SIF, sylabs/sif and apptainer/sif): which part is the root file system,
// and which says what the image sets.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "node/source/file_range.hpp"

namespace chainer::source {

/// Whether a file that begins so is a SIF file.
bool is_sif(std::string_view first_bytes);

/// Gives `size` bytes from `offset`, or fewer where the file ends.
using ReadRange = std::function<Result<std::string>(std::uint64_t offset, std::size_t size)>;

struct SifParts {
  FileRange root;                       ///< squashfs
  std::optional<FileRange> oci_config;  ///< JSON; in images that Apptainer made of OCI images
};

/// The squashfs partition that the file's container has as its root, and what lies beside it. One
/// that is encrypted, that is of another kind or for another processor is refused by name, as is a
/// broken file.
Result<SifParts> find_sif_parts(const ReadRange& read, std::uint64_t file_size);

}  // namespace chainer::source
