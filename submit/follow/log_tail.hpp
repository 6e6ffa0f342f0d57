// What a growing file has gained since the last look.
#pragma once

#include <sys/types.h>

#include <string>

namespace chainer::follow {

class LogTail {
 public:
  explicit LogTail(std::string path) : path_(std::move(path)) {}
  /// What was added since the last call, at most a mebibyte of it; empty while there is no file. A
  /// log of one's own comes as it is, with the colours of its programs; another account's is made
  /// printable, since a terminal obeys what stands in it.
  std::string read_more();
  /// The last bytes of the file, at most a quarter of a mebibyte, including what was read before.
  std::string end() const;

 private:
  std::string path_;
  off_t offset_{0};
};

}  // namespace chainer::follow
