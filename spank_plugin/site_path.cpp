#include "spank_plugin/site_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "core/container/place.hpp"

namespace chainer {
namespace {

constexpr int most_links = 40;  // as many as the kernel follows

bool is_roots_alone(int place, RootsMounts& mounts) {
  if (!mounts.include(place)) return false;
  const auto folder = status_of_place(place);
  if (!folder || folder->owner != 0) return false;
  const bool others_write = (folder->mode & (S_IWGRP | S_IWOTH)) != 0;
  // In a sticky folder nobody can rename or replace what is root's.
  return !others_write || (folder->mode & S_ISVTX) != 0;
}

std::string target_of(int link) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlinkat(link, "", target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

UniqueFd open_component(int folder, const std::string& name) {
  // O_DIRECTORY first: it triggers an automount, which O_PATH alone does not.
  UniqueFd opened(::openat(folder, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (opened || (errno != ENOTDIR && errno != ELOOP)) return opened;
  return UniqueFd(::openat(folder, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

UniqueFd open_root() { return UniqueFd(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)); }

class SitePathWalk {
 public:
  SitePathWalk(std::string path, RootsMounts& mounts)
      : rest_(std::move(path)), at_(open_root()), mounts_(mounts) {}

  /// Walks to where the path leads. The rule applies to the place itself too when its content is to
  /// be root's.
  enum class Content { anybodys, roots };
  SitePath end(Content content) {
    while (true) {
      const auto start = rest_.find_first_not_of('/');
      if (start == std::string::npos) return content == Content::roots ? checked_end() : opened();
      rest_.erase(0, start);
      const std::string name = rest_.substr(0, rest_.find('/'));
      rest_.erase(0, name.size());

      if (!is_roots_alone(at_.get(), mounts_)) return ended(SitePath::Verdict::not_roots);
      UniqueFd next = open_component(at_.get(), name);
      if (!next) return refused(errno);
      const auto status = status_of_place(next.get());
      if (!status) return refused(EIO);
      if (!S_ISLNK(status->mode)) {
        at_ = std::move(next);
      } else if (status->owner != 0) {
        return ended(SitePath::Verdict::not_roots);
      } else if (const auto target = target_of(next.get());
                 target.empty() || links_++ == most_links) {
        return refused(ELOOP);
      } else {
        rest_ = target + "/" + rest_;
        if (target.starts_with('/')) at_ = open_root();
      }
    }
  }

 private:
  SitePath refused(int error_number) {
    auto answer =
        ended(error_number == ENOENT || error_number == ENOTDIR ? SitePath::Verdict::absent
                                                                : SitePath::Verdict::unreadable);
    answer.error_number = error_number;
    return answer;
  }

  SitePath opened() { return ended(SitePath::Verdict::opened); }

  SitePath checked_end() {
    if (!chainer::is_folder(at_.get())) return refused(ENOTDIR);
    if (!is_roots_alone(at_.get(), mounts_)) return ended(SitePath::Verdict::not_roots);
    return opened();
  }

  SitePath ended(SitePath::Verdict verdict) {
    SitePath answer;
    answer.verdict = verdict;
    answer.name = name_of_place(at_.get());
    answer.is_folder = chainer::is_folder(at_.get());
    if (verdict == SitePath::Verdict::opened) answer.place = std::move(at_);
    return answer;
  }

  std::string rest_;
  UniqueFd at_;
  RootsMounts& mounts_;
  int links_{0};
};

}  // namespace

bool only_root_may_write(int place) {
  const auto status = status_of_place(place);
  return status && status->owner == 0 && (status->mode & (S_IWGRP | S_IWOTH)) == 0;
}

SitePath open_site_path(const std::string& path) {
  auto mounts = RootsMounts::known_at_first();
  return open_site_path(path, mounts);
}

SitePath open_site_path(const std::string& path, RootsMounts& mounts) {
  return SitePathWalk(path, mounts).end(SitePathWalk::Content::anybodys);
}

SitePath open_site_folder(const std::string& path) {
  auto mounts = RootsMounts::known_at_first();
  return SitePathWalk(path, mounts).end(SitePathWalk::Content::roots);
}

}  // namespace chainer
