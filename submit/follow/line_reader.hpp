// The lines of a file that somebody else may have written.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/unique_fd.hpp"

namespace chainer::follow {

/// A line that is longer than any of ours (16 MiB) is passed over, and what is behind the first
/// gibibyte is not read.
class LineReader {
 public:
  explicit LineReader(const std::string& path);

  /// Nothing at the end, or where there is no such file.
  std::optional<std::string> next();

 private:
  bool read_more();

  UniqueFd file_;
  std::string text_;
  std::size_t from_{0}, read_{0};
  bool is_in_long_line_{false};
};

}  // namespace chainer::follow
