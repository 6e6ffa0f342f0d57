#include "node/archive/tree_stamp.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <initializer_list>
#include <utility>

#include "core/folder_names.hpp"
#include "core/sha256.hpp"
#include "core/unique_fd.hpp"

namespace chainer::archive {
namespace {

/// Seconds between the times that every file system can tell apart.
constexpr std::time_t coarsest_time = 2;

/// Of a tree that was looked at `now`, and was last changed at the time that the kernel noted.
bool is_settled(std::time_t changed, std::time_t now) { return changed + coarsest_time < now; }

class FolderReader {
 public:
  Result<TreeStamp> read(int folder) {
    TRY_ASSIGN(const auto status, status_of(folder, "."));
    device_ = device_of(status);
    const auto now = std::time(nullptr);
    TRY(add_all_in(folder));
    return TreeStamp{hash_.finish().hex(), is_settled(changed_, now)};
  }

 private:
  /// As the file system's server knows it: what is remembered of a file on another machine may be
  /// minutes old.
  static Result<struct statx> status_of(int folder, const char* name) {
    struct statx status {};
    if (::statx(folder, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_FORCE_SYNC,
                STATX_BASIC_STATS, &status) != 0)
      return Error::from_errno("cannot look at " + std::string(name), errno);
    return status;
  }

  static std::pair<std::uint32_t, std::uint32_t> device_of(const struct statx& status) {
    return {status.stx_dev_major, status.stx_dev_minor};
  }

  Result<void> add_all_in(int folder) {
    TRY_ASSIGN(auto names, names_in(folder));
    std::ranges::sort(names);
    for (const auto& name : names) TRY(add(folder, name));
    hash_.update("/");  // no name: the end of a folder
    return {};
  }

  Result<void> add(int folder, const std::string& name) {
    TRY_ASSIGN(const auto status, status_of(folder, name.c_str()));
    hash_.update({name.c_str(), name.size() + 1});
    add_numbers({status.stx_mode, status.stx_uid, status.stx_gid, status.stx_ino, status.stx_size});
    for (const auto& time : {status.stx_mtime, status.stx_ctime})
      add_numbers({static_cast<std::uint64_t>(time.tv_sec), time.tv_nsec});
    changed_ = std::max<std::time_t>(changed_, status.stx_ctime.tv_sec);
    if (!S_ISDIR(status.stx_mode) || device_of(status) != device_) return {};
    const UniqueFd inner(
        ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!inner) return Error::from_errno("cannot read " + name, errno);
    return add_all_in(inner.get());
  }

  void add_numbers(std::initializer_list<std::uint64_t> numbers) {
    for (const auto number : numbers)
      hash_.update({reinterpret_cast<const char*>(&number), sizeof number});
  }

  Sha256 hash_;
  std::pair<std::uint32_t, std::uint32_t> device_;
  std::time_t changed_{0};
};

std::string in_nanoseconds(const timespec& time) {
  return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

}  // namespace

TreeStamp stamp_of_file(const struct stat& file) {
  return {std::to_string(file.st_ino) + " " + std::to_string(file.st_size) + " " +
              in_nanoseconds(file.st_mtim) + " " + in_nanoseconds(file.st_ctim),
          is_settled(file.st_ctim.tv_sec, std::time(nullptr))};
}

Result<TreeStamp> stamp_of_folder(int folder) { return FolderReader().read(folder); }

}  // namespace chainer::archive
