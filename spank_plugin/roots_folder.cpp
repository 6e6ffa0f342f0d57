#include "spank_plugin/roots_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/container/mount_tree.hpp"
#include "core/container/path_text.hpp"
#include "spank_plugin/site_path.hpp"

namespace chainer {
namespace {

Error distrusted(const std::string& folder, const SitePath& walked) {
  if (walked.verdict == SitePath::Verdict::unreadable)
    return Error::from_errno("cannot open " + folder, walked.error_number);
  return Error{"cannot trust " + folder + ": others than root can write in " + walked.name,
               "an administrator must correct the owner and mode of that folder, or 'run_dir' in "
               "plugin.conf"};
}

bool is_mount_point(int folder) {
  struct statx status {};
  return ::statx(folder, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &status) == 0 &&
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

}  // namespace

Result<UniqueFd> own_folder(const std::string& folder, mode_t mode) {
  auto walked = open_site_folder(folder);
  if (walked.verdict == SitePath::Verdict::absent) {
    const auto above = open_site_folder(parent_of(folder));
    if (above.verdict != SitePath::Verdict::opened) return distrusted(folder, above);
    const auto name = folder.substr(folder.find_last_of('/') + 1);
    if (::mkdirat(above.place.get(), name.c_str(), mode) != 0 && errno != EEXIST)
      return Error::from_errno("cannot make " + folder, errno);
    walked = open_site_folder(folder);
  }
  if (walked.verdict != SitePath::Verdict::opened) return distrusted(folder, walked);
  return std::move(walked.place);
}

Result<UniqueFd> own_file_system(const std::string& folder, ByteSize size, Missing missing) {
  TRY_ASSIGN(auto place, own_folder(folder, 0700));
  if (is_mount_point(place.get())) {
    TRY(make_private(place.get()));  // whoever made it may have been stopped before that
    return place;
  }
  if (missing == Missing::stays_so) return Error::from_errno(folder, ENOENT);
  TRY_ASSIGN(const auto tree, mount_tmpfs(size, 0700, nosuid_nodev()));
  TRY(attach(tree.get(), place.get()));
  TRY(make_private(tree.get()));
  return own_folder(folder, 0700);
}

std::optional<UniqueFd> take_roots_lock(int folder, const char* name) {
  constexpr int tries = 50;
  constexpr useconds_t pause = 10'000;
  UniqueFd lock(
      ::openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!lock) return std::nullopt;
  for (int i = 0; i < tries; ++i) {
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
    ::usleep(pause);
  }
  return std::nullopt;
}

Result<Staging> staging_below(const std::string& run_dir, ByteSize size) {
  const std::string path = run_dir + "/root";
  TRY(own_folder(run_dir, 0755));
  TRY_ASSIGN(const auto place, own_folder(path, 0700));
  return Staging::over(place.get(), path, size);
}

}  // namespace chainer
