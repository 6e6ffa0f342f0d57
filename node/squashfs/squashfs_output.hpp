// libsquashfs' view of the file that we write: any descriptor, with a say in how far it may grow.
#pragma once

#include <sqfs/io.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "core/result.hpp"

namespace chainer::squashfs {

class SquashfsOutput {
 public:
  using MakeRoom = std::function<Result<void>(std::uint64_t bytes)>;

  /// `make_room` is asked, in good time, whether the file may have that many bytes in all; `place` is
  /// where the file is, in errors.
  SquashfsOutput(int fd, MakeRoom make_room, std::string place);
  SquashfsOutput(const SquashfsOutput&) = delete;
  SquashfsOutput& operator=(const SquashfsOutput&) = delete;

  sqfs_file_t* file() { return &callbacks_.file; }
  std::uint64_t size() const { return size_; }
  /// The error behind a failure that libsquashfs reported.
  std::optional<Error> error() const;

 private:
  // First member: libsquashfs hands this pointer back.
  struct Callbacks {
    sqfs_file_t file;
    SquashfsOutput* self;
  };
  static SquashfsOutput& self(const sqfs_file_t* file);
  int read_at(std::uint64_t offset, char* into, std::size_t size);
  int write_at(std::uint64_t offset, const char* from, std::size_t size);
  int remember(Error error);
  Result<void> grow_to(std::uint64_t end);

  Callbacks callbacks_{};
  int fd_;
  MakeRoom make_room_;
  std::string place_;
  std::uint64_t granted_{0};
  std::atomic<std::uint64_t> size_{0};
  mutable std::mutex mutex_{};
  std::optional<Error> error_{};
};

}  // namespace chainer::squashfs
