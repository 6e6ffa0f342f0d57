// Text for a child of this process, which no other program can find by a name.
#pragma once

#include <string>
#include <utility>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer::run {

/// A file without a name, for a child that is started while this object lives.
class PassedFile {
 public:
  static Result<PassedFile> with(const std::string& text);
  /// The path that the child opens.
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

 private:
  explicit PassedFile(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace chainer::run
