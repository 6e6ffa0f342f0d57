// What a growing file has gained since the last look.
#pragma once

#include <sys/types.h>

#include <string>

namespace chainer::follow {

class LogTail {
 public:
  explicit LogTail(std::string path) : path_(std::move(path)) {}
  /// The bytes since the last call, at most a mebibyte of them; empty while there is no file.
  std::string read_more();
  /// The last bytes of the file, at most a quarter of a mebibyte, including what was read before.
  std::string end() const;

 private:
  std::string path_;
  off_t offset_{0};
};

}  // namespace chainer::follow
