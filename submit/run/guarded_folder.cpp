#include "submit/run/guarded_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <deque>

namespace chainer::run {
namespace {

constexpr int most_links = 40;  // as many as the kernel follows
constexpr mode_t written_by_others = S_IWGRP | S_IWOTH;

std::string account(uid_t uid) {
  const auto* entry = ::getpwuid(uid);
  return entry ? entry->pw_name : fmt::format("account {}", uid);
}

Error refused(std::string what, std::string next) {
  return Error{std::move(what), std::move(next), 0, Fault::node};
}

Error cannot_open(const std::string& path) {
  return Error::from_errno("cannot open the folder " + path, errno, Fault::node)
      .with_hint("the site's folder of runs must exist and be open to you");
}

/// Many systems give each user a group of their own with write access: nobody else is in it.
bool is_own_group(gid_t gid) {
  const auto* user = ::getpwuid(::geteuid());
  if (!user || user->pw_gid != gid) return false;
  const std::string name = user->pw_name;
  const auto* group = ::getgrgid(gid);
  return group && name == group->gr_name && *group->gr_mem == nullptr;
}

/// Goes down one path. Every component is checked through the descriptor from which the next one is
/// opened, so that nothing can change between the check and the step.
class Descent {
 public:
  explicit Descent(uid_t site_owner) : site_owner_(site_owner) {}

  Result<UniqueFd> open(const std::string& path) {
    TRY(start());
    push_front(path);
    while (!rest_.empty()) {
      const auto name = std::move(rest_.front());
      rest_.pop_front();
      TRY(step(name));
    }
    return std::move(at_);
  }

 private:
  Result<void> start() {
    at_ = UniqueFd(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    path_.clear();
    return at_ ? Result<void>() : cannot_open("/");
  }

  void push_front(std::string_view path) {
    std::deque<std::string> names;
    for (std::size_t from = 0; from < path.size();) {
      const auto end = std::min(path.find('/', from), path.size());
      if (end > from && path.substr(from, end - from) != ".")
        names.emplace_back(path.substr(from, end - from));
      from = end + 1;
    }
    rest_.insert(rest_.begin(), names.begin(), names.end());
  }

  Result<void> step(const std::string& name) {
    const auto path = path_ + "/" + name;
    UniqueFd next(::openat(at_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!next || ::fstat(next.get(), &status) != 0) return cannot_open(path);
    TRY(check_owner(status, path));
    if (S_ISLNK(status.st_mode)) return follow_link(next.get(), path);
    if (!S_ISDIR(status.st_mode)) {
      errno = ENOTDIR;
      return cannot_open(path);
    }
    TRY(check_mode(status, path));
    at_ = std::move(next);
    path_ = path;
    return {};
  }

  Result<void> follow_link(int link, const std::string& path) {
    char target[PATH_MAX];
    const auto length = ++links_ > most_links ? -1 : ::readlinkat(link, "", target, sizeof target);
    if (length < 0) {
      if (links_ > most_links) errno = ELOOP;
      return cannot_open(path);
    }
    const std::string_view written(target, static_cast<std::size_t>(length));
    push_front(written);
    return written.starts_with('/') ? start() : Result<void>();
  }

  Result<void> check_owner(const struct stat& status, const std::string& path) const {
    const auto owner = status.st_uid;
    if (owner == 0 || owner == ::geteuid() || owner == site_owner_) return {};
    return refused(
        fmt::format("{} belongs to {}, who could exchange your runs", path, account(owner)),
        "ask an administrator for a folder of runs whose whole path belongs to root");
  }

  static Result<void> check_mode(const struct stat& status, const std::string& path) {
    const bool only_group = (status.st_mode & S_IWOTH) == 0;
    if ((status.st_mode & written_by_others) == 0 || (status.st_mode & S_ISVTX) != 0) return {};
    if (only_group && status.st_uid == ::geteuid() && is_own_group(status.st_gid)) return {};
    return refused(
        fmt::format("others may write {} (mode {:04o}), and could exchange your runs", path,
                    status.st_mode & 07777),
        fmt::format("its owner, {}, makes it sticky: chmod +t {}", account(status.st_uid), path));
  }

  uid_t site_owner_;
  UniqueFd at_;
  std::string path_;  ///< of `at_`, as a person would write it
  std::deque<std::string> rest_;
  int links_{0};
};

Result<UniqueFd> open_checked(int parent, const std::string& name, const std::string& path) {
  UniqueFd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!fd && (errno == ELOOP || errno == ENOTDIR)) {
    return refused(path + " is no folder: somebody put something else there",
                   "ask an administrator to remove it");
  }
  if (!fd && errno == EACCES &&
      ::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      status.st_uid != ::geteuid()) {
    return refused(
        fmt::format("the folder {} belongs to {}, not to you", path, account(status.st_uid)),
        "ask an administrator to remove it, or to give it to you");
  }
  if (!fd || ::fstat(fd.get(), &status) != 0) return cannot_open(path);
  if (status.st_uid != ::geteuid()) {
    return refused(
        fmt::format("the folder {} belongs to {}, not to you", path, account(status.st_uid)),
        "ask an administrator to remove it, or to give it to you");
  }
  if ((status.st_mode & written_by_others) != 0) {
    return refused(
        fmt::format("others may write the folder {} (mode {:04o})", path, status.st_mode & 07777),
        fmt::format("look at what lies in it, then: chmod go-w {}", path));
  }
  return fd;
}

}  // namespace

Result<UniqueFd> open_guarded_folder(const std::string& path, uid_t site_owner) {
  return Descent(site_owner).open(path);
}

bool is_own_folder(const std::string& path) {
  const auto folder = Descent(::geteuid()).open(path);
  struct stat status {};
  return folder && ::fstat(folder->get(), &status) == 0 && status.st_uid == ::geteuid();
}

Result<UniqueFd> open_own_folder(int parent, const std::string& name, const std::string& path) {
  if (::mkdirat(parent, name.c_str(), 0700) != 0 && errno != EEXIST) {
    return Error::from_errno("cannot make the folder " + path, errno, Fault::try_again)
        .with_hint("the site's folder of runs must exist and be open to you");
  }
  return open_checked(parent, name, path);
}

Result<UniqueFd> make_own_folder(int parent, const std::string& name, const std::string& path) {
  if (::mkdirat(parent, name.c_str(), 0700) != 0) {
    return Error::from_errno("cannot make the folder " + path, errno, Fault::try_again);
  }
  return open_checked(parent, name, path);
}

}  // namespace chainer::run
