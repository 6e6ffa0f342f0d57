#include "node/store/lock_kind.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <vector>

namespace chainer::store {
namespace {

// No other node sees a local disk, and these cluster file systems give flock to all nodes.
constexpr std::array<std::string_view, 13> types_with_flock{
    "ext2",  "ext3",  "ext4",    "xfs",  "btrfs", "zfs",  "f2fs",
    "tmpfs", "ramfs", "overlay", "ceph", "gfs2",  "ocfs2"};

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const auto option = options.substr(0, options.find(','));
    if (option == wanted) return true;
    options.remove_prefix(std::min(option.size() + 1, options.size()));
  }
  return false;
}

struct MountedType {
  std::string type;
  std::string options;
};

/// The line of mountinfo that is the folder's (proc(5): the number first, the type and the file
/// system's own options behind a lone dash).
std::optional<MountedType> mounted_type_of(const std::string& folder) {
  struct statx status {};
  if (::statx(AT_FDCWD, folder.c_str(), 0, STATX_MNT_ID, &status) != 0) return std::nullopt;
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    decltype(status.stx_mnt_id) number = 0;
    if (!(words >> number) || number != status.stx_mnt_id) continue;
    const auto dash = line.find(" - ");
    if (dash == std::string::npos) return std::nullopt;
    std::istringstream rest(line.substr(dash + 3));
    MountedType mounted;
    std::string source;
    rest >> mounted.type >> source >> mounted.options;
    return mounted;
  }
  return std::nullopt;
}

}  // namespace

LockKind lock_kind_on(std::string_view type, std::string_view options) {
  bool reaches_all = std::ranges::find(types_with_flock, type) != types_with_flock.end();
  if (type.starts_with("nfs"))
    reaches_all = has_option(options, "local_lock=none") && !has_option(options, "nolock");
  if (type == "lustre") reaches_all = has_option(options, "flock");
  return reaches_all ? LockKind::flock : LockKind::lease;
}

LockKind lock_kind_in(const std::string& folder, StoreLocks asked) {
  if (asked != StoreLocks::automatic)
    return asked == StoreLocks::flock ? LockKind::flock : LockKind::lease;
  const auto mounted = mounted_type_of(folder);
  return mounted ? lock_kind_on(mounted->type, mounted->options) : LockKind::lease;
}

}  // namespace chainer::store
