#include "spank_plugin/file_system_rights.hpp"

#include <sys/fsuid.h>
#include <unistd.h>

namespace chainer {
namespace {

// -1 is not an id: the kernel changes nothing and answers with the one in force.
bool set_uid(uid_t uid) {
  ::setfsuid(uid);
  return static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1))) == uid;
}
bool set_gid(gid_t gid) {
  ::setfsgid(gid);
  return static_cast<gid_t>(::setfsgid(static_cast<gid_t>(-1))) == gid;
}

}  // namespace

Result<FileSystemRights> FileSystemRights::take(const Account& account) {
  FileSystemRights rights;
  // The group first: whoever is no longer root may not change it.
  if (set_gid(account.gid) && set_uid(account.uid)) return rights;
  return Error{"cannot take the file system rights of uid " + std::to_string(account.uid), ""};
}

FileSystemRights::FileSystemRights(FileSystemRights&& other) noexcept
    : taken_(std::exchange(other.taken_, false)) {}

FileSystemRights::~FileSystemRights() {
  if (!taken_) return;
  const bool back = set_uid(::geteuid()) && set_gid(::getegid());
  if (!back) ::_exit(1);
}

}  // namespace chainer
