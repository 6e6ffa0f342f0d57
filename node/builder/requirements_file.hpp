// A requirements.txt with the files that it names, flattened: what one resolution is about.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "node/builder/pip_settings.hpp"
#include "node/builder/variables.hpp"

namespace chainer::builder {

struct RequirementsFile {
  std::string requirements;       ///< one per line, `-r` files in their place, no comments
  std::string constraints;        ///< the same for all `-c` files
  std::string build_constraints;  ///< what packages may build with: `FILE.build-constraints.txt`
  std::string startup;            ///< what each Python runs when it starts: `FILE.startup.pth`

  /// Where packages come from, as the file itself says it, in its order; may hold credentials.
  std::vector<std::pair<std::string, std::string>> index_options;
  /// The settings with the file's own options on top, with pip's precedence.
  PipSettings with_index_options(PipSettings settings) const;
};

/// Reads a requirements file (pip's documentation, "Requirements File Format"). Whatever only one
/// node would see is refused with its file and line: editable installs and local paths. `${NAME}`
/// in index options is taken from `variables`.
Result<RequirementsFile> load_requirements(const std::string& path, const Variables& variables);

/// The same for lines inside another file at `path`, such as a conda environment file: the files
/// that they name lie beside it, as do `path`.build-constraints.txt and `path`.startup.pth.
struct NumberedLine {
  std::size_t number;
  std::string text;
};
Result<RequirementsFile> flatten_requirements(const std::string& path,
                                              const std::vector<NumberedLine>& lines,
                                              const Variables& variables);

/// A regular file's text as UTF-8 (utf8_text), at most 16 MiB; the user's fault when it cannot be
/// read.
Result<std::string> read_user_file(const std::string& path);

}  // namespace chainer::builder
