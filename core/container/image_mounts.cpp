#include "core/container/image_mounts.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <optional>

#include "core/container/mount_tree.hpp"
#include "core/container/place.hpp"
#include "core/open_beneath.hpp"

namespace chainer {
namespace {

constexpr int most_links = 40;    // what the kernel follows, too
constexpr int most_names = 1024;  // all links together: an image may hold many that lead in turns
constexpr std::string_view up = "..";

/// The names of a path, without those that stay in place.
std::vector<std::string> names_of_path(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const auto name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    if (!name.empty() && name != ".") names.emplace_back(name);
  }
  return names;
}

UniqueFd copy_of(int fd) { return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

}  // namespace

/// One way through the mounts. What lies ahead is kept with the next name at the end.
class ImageMounts::Walk {
 public:
  Walk(const ImageMounts& mounts, std::optional<Bind::Kind> makes)
      : mounts_(mounts), makes_(makes) {}

  Way along(const std::string& path) {
    put_ahead(path);
    if (!start_at_the_root()) return failed(errno);
    while (!ahead_.empty()) {
      if (ahead_.size() + walked_ > most_names) return failed(ENAMETOOLONG);
      const std::string name = std::move(ahead_.back());
      ahead_.pop_back();
      ++walked_;
      if (auto end = name == up ? go_up() : go_on(name)) return *std::move(end);
    }
    return {Way::End::found, std::move(here_)};
  }

 private:
  using End = std::optional<Way>;

  static Way failed(int error_number) { return {Way::End::failed, {}, {}, error_number}; }

  void put_ahead(std::string_view path) {
    auto names = names_of_path(path);
    ahead_.insert(ahead_.end(), std::make_move_iterator(names.rbegin()),
                  std::make_move_iterator(names.rend()));
  }

  bool start_at_the_root() {
    passed_.clear();
    here_ = copy_of(mounts_.root());
    return static_cast<bool>(here_);
  }

  End go_up() {
    if (!is_folder(here_.get())) return failed(ENOTDIR);
    auto back = std::exchange(passed_, {});
    if (!start_at_the_root()) return failed(errno);
    for (std::size_t i = 0; i + 1 < back.size(); ++i) {
      here_ = open_next(back[i]);
      if (!here_) return failed(errno);
      passed_.push_back(std::move(back[i]));
    }
    return std::nullopt;
  }

  End go_on(const std::string& name) {
    auto next = open_next(name);
    if (!next && errno == ENOENT) {
      if (!makes_) return Way{Way::End::missing, {}, passed_.empty() ? "" : passed_.front()};
      if (!make(name)) return failed(errno);
      next = open_next(name);
    }
    if (!next && errno == EXDEV) return Way{Way::End::beyond};
    if (!next) return failed(errno);

    const auto status = status_of_place(next.get());
    if (!status) return failed(EIO);
    if (S_ISLNK(status->mode)) return follow(next.get());
    here_ = std::move(next);
    passed_.push_back(name);
    return std::nullopt;
  }

  UniqueFd open_next(const std::string& name) const {
    UniqueFd next(open_name(here_.get(), name.c_str(), O_PATH | O_CLOEXEC));
    if (next || errno != EXDEV || !passed_.empty()) return next;
    const auto* part = mounts_.part_called(name);
    if (part != nullptr && !part->is_covered) return copy_of(part->mount.get());
    errno = EXDEV;
    return next;
  }

  End follow(int link) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlinkat(link, "", target.data(), target.size());
    if (size < 0) return failed(errno);
    if (size == 0) return failed(ENOENT);
    if (++links_ > most_links) return failed(ELOOP);
    const std::string_view path(target.data(), static_cast<std::size_t>(size));
    put_ahead(path);
    if (path.starts_with('/') && !start_at_the_root()) return failed(errno);
    return std::nullopt;
  }

  bool make(const std::string& name) const {
    if (!ahead_.empty() || *makes_ == Bind::Kind::directory)
      return ::mkdirat(here_.get(), name.c_str(), 0755) == 0;
    return static_cast<bool>(UniqueFd(
        ::openat(here_.get(), name.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)));
  }

  const ImageMounts& mounts_;
  std::optional<Bind::Kind> makes_;
  UniqueFd here_{};
  std::vector<std::string> passed_{};  ///< from the root to here, none of them a link
  std::vector<std::string> ahead_{};
  std::size_t walked_{0};
  int links_{0};
};

void ImageMounts::add_part(std::string name, UniqueFd mount) {
  parts_.push_back({std::move(name), std::move(mount)});
}

void ImageMounts::cover(const std::string& path) {
  for (auto& part : parts_) {
    if (path == "/" + part.name) part.is_covered = true;
  }
}

const ImageMounts::Part* ImageMounts::part_called(std::string_view name) const {
  const auto part = std::ranges::find(parts_, name, &Part::name);
  return part == parts_.end() ? nullptr : &*part;
}

Result<void> ImageMounts::make_read_only() const {
  TRY(set_flags(root(), read_only(nosuid_nodev())));
  for (const auto& part : parts_) TRY(set_flags(part.mount.get(), read_only(nosuid_nodev())));
  return {};
}

UniqueFd ImageMounts::open_straight(std::string_view path) const {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const auto top = path.substr(0, path.find('/'));
  const auto* part = part_called(top);
  if (part != nullptr && part->is_covered) return UniqueFd();
  if (part != nullptr) path.remove_prefix(std::min(top.size() + 1, path.size()));
  const std::string below(path.empty() ? "." : path);
  const int start = part != nullptr ? part->mount.get() : root();
  return UniqueFd(open_beneath_on_one_mount(start, below.c_str(), O_PATH | O_CLOEXEC));
}

Way ImageMounts::find(const std::string& path) const {
  if (auto place = open_straight(path)) return {Way::End::found, std::move(place)};
  return Walk(*this, {}).along(path);
}

Way ImageMounts::find_or_make(const std::string& path, Bind::Kind kind) const {
  return Walk(*this, kind).along(path);
}

}  // namespace chainer
