// The builders' own files, beside the environment that grows in the scratch folder.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer::builder {

/// The name of the top-level folder in scratch that holds them: not part of the environment.
inline constexpr std::string_view work_folder_name = ".chainer";

/// Where a file of theirs lies on the host.
std::string work_file(const std::string& scratch, std::string_view name);

/// Makes the folder, and a `tmp` in it, where they are missing.
Result<void> make_work_folder(const std::string& scratch);

/// Writes a file that only the user may read; replaces an older one.
Result<void> write_work_file(const std::string& scratch, std::string_view name,
                             std::string_view text);

/// Writes a new or replaces an old file, with this mode; never through a link.
Result<void> write_file(const std::string& path, std::string_view text, unsigned mode);

}  // namespace chainer::builder
