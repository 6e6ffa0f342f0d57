#include "node/squashfs/squashfs_output.hpp"

#include <sqfs/error.h>
#include <unistd.h>

namespace chainer::squashfs {
namespace {

Error write_error(const std::string& place, int number) {
  if (number == ENOSPC || number == EDQUOT) {
    return Error::from_errno("cannot write to " + place, number, Fault::try_again)
        .with_hint("free space on the file system of " + place + ", then submit again");
  }
  return Error::from_errno("cannot write to " + place, number);
}

}  // namespace

SquashfsOutput::SquashfsOutput(int fd, MakeRoom make_room, std::string place)
    : fd_(fd), make_room_(std::move(make_room)), place_(std::move(place)) {
  callbacks_.self = this;
  auto& file = callbacks_.file;
  file.base.destroy = [](sqfs_object_t*) {};
  file.base.copy = nullptr;
  file.read_at = [](sqfs_file_t* f, sqfs_u64 offset, void* into, std::size_t size) {
    return self(f).read_at(offset, static_cast<char*>(into), size);
  };
  file.write_at = [](sqfs_file_t* f, sqfs_u64 offset, const void* from, std::size_t size) {
    return self(f).write_at(offset, static_cast<const char*>(from), size);
  };
  file.get_size = [](const sqfs_file_t* f) -> sqfs_u64 { return self(f).size(); };
  file.truncate = [](sqfs_file_t* f, sqfs_u64 size) {
    if (::ftruncate(self(f).fd_, static_cast<off_t>(size)) != 0) {
      return self(f).remember(write_error(self(f).place_, errno));
    }
    self(f).size_ = size;
    return 0;
  };
}

SquashfsOutput& SquashfsOutput::self(const sqfs_file_t* file) {
  return *reinterpret_cast<const Callbacks*>(file)->self;
}

std::optional<Error> SquashfsOutput::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

int SquashfsOutput::remember(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  return SQFS_ERROR_IO;
}

int SquashfsOutput::read_at(std::uint64_t offset, char* into, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::pread(fd_, into, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return remember(Error::from_errno("cannot read back from " + place_, errno));
    if (got == 0) return SQFS_ERROR_OUT_OF_BOUNDS;
    into += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return 0;
}

Result<void> SquashfsOutput::grow_to(std::uint64_t end) {
  if (end <= granted_ || !make_room_) return {};
  auto made = make_room_(end);
  if (made) granted_ = end;
  return made;
}

int SquashfsOutput::write_at(std::uint64_t offset, const char* from, std::size_t size) {
  if (auto grown = grow_to(offset + size); !grown) return remember(std::move(grown).error());
  while (size > 0) {
    const ssize_t put = ::pwrite(fd_, from, size, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return remember(write_error(place_, errno));
    from += put;
    offset += static_cast<std::uint64_t>(put);
    size -= static_cast<std::size_t>(put);
    if (offset > size_) size_ = offset;
  }
  return 0;
}

}  // namespace chainer::squashfs
