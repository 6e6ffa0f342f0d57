#include "node/archive/folder_tree.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "core/fd_io.hpp"
#include "core/folder_names.hpp"
#include "core/printable.hpp"

namespace chainer::archive {
namespace {

constexpr int for_reading = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

Result<std::vector<std::string>> sorted_names(int folder) {
  TRY_ASSIGN(auto names, names_in(folder));
  std::ranges::sort(names);
  return names;
}

/// Whether others and the group may read and enter it as its owner may.
bool is_open_to_all(mode_t mode) {
  const mode_t owners = mode >> 6 & 05;
  return (mode >> 3 & owners) == owners && (mode & owners) == owners;
}

}  // namespace

Result<FolderTree> FolderTree::open(const std::string& path) {
  UniqueFd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!root || ::fstat(root.get(), &status) != 0)
    return Error::from_errno("cannot read " + path, errno, Fault::user);
  return FolderTree(path, std::move(root), status.st_dev);
}

Result<FolderTree> FolderTree::of_container(UniqueFd root, std::string name, StandIn for_root) {
  struct stat status {};
  if (::fstat(root.get(), &status) != 0)
    return Error::from_errno("cannot read " + name, errno, Fault::user);
  FolderTree tree(std::move(name), std::move(root), status.st_dev);
  tree.for_root_ = std::move(for_root);
  return tree;
}

Result<void> FolderTree::write_tar(const Sink& sink) {
  linked_.clear();
  unreadable_ = 0;
  TRY_ASSIGN(auto tar, TarWriter::start(sink));
  TRY(add_content(tar, root_, ""));
  return tar.finish();
}

std::optional<std::string> FolderTree::small_file(const std::string& path, std::size_t limit) {
  const UniqueFd file(::openat(root_.get(), path.c_str(), for_reading));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  auto text = read_all(file.get(), limit);
  return text ? std::optional(*std::move(text)) : std::nullopt;
}

std::string FolderTree::remark() const {
  if (unreadable_ == 0) return {};
  return std::to_string(unreadable_) + " files and folders of " + printable(path_) +
         " cannot be read by you and are empty in the image, the first is " +
         printable(first_unreadable_);
}

Attributes FolderTree::attributes_of(const struct stat& status) const {
  constexpr time_t latest = std::numeric_limits<std::uint32_t>::max();
  Attributes attributes{status.st_mode & 07777U, status.st_uid, status.st_gid,
                        static_cast<std::uint32_t>(std::clamp<time_t>(status.st_mtime, 0, latest))};
  if (!for_root_ || !is_open_to_all(status.st_mode)) return attributes;
  if (attributes.uid == for_root_->user) attributes.uid = 0;
  if (attributes.gid == for_root_->group) attributes.gid = 0;
  return attributes;
}

Result<void> FolderTree::add_content(TarWriter& tar, const UniqueFd& folder,
                                     const std::string& path) {
  const auto names = sorted_names(folder.get());
  if (!names) return cannot_read(path, names.error().error_number);
  for (const auto& name : *names)
    TRY(add(tar, folder.get(), name, path.empty() ? name : path + "/" + name));
  return {};
}

Result<void> FolderTree::add(TarWriter& tar, int folder, const std::string& name,
                             const std::string& path) {
  struct stat status {};
  if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    // In a folder that may be listed but not entered, nothing more can be learned about a file.
    if (errno != EACCES) return cannot_read(path, errno);
    note_unreadable(path);
    return {};
  }
  TarEntry entry;
  entry.path = path;
  entry.attributes = attributes_of(status);
  switch (status.st_mode & S_IFMT) {
    case S_IFDIR: return add_folder(tar, folder, name, entry, status);
    case S_IFREG: return add_file(tar, folder, name, std::move(entry), status);
    case S_IFLNK: return add_link(tar, folder, name, std::move(entry));
    case S_IFIFO: entry.type = FileType::fifo; return tar.add(entry);
    default: return {};
  }
}

Result<void> FolderTree::add_folder(TarWriter& tar, int folder, const std::string& name,
                                    const TarEntry& entry, const struct stat& status) {
  auto listed = entry;
  listed.type = FileType::directory;
  TRY(tar.add(listed));
  if (status.st_dev != device_) return {};
  const UniqueFd inner(::openat(folder, name.c_str(), for_reading | O_DIRECTORY));
  if (inner) return add_content(tar, inner, entry.path);
  if (errno != EACCES) return cannot_read(entry.path, errno);
  note_unreadable(entry.path);
  return {};
}

Result<void> FolderTree::add_file(TarWriter& tar, int folder, const std::string& name,
                                  TarEntry entry, const struct stat& status) {
  if (status.st_nlink > 1) {
    const auto [first, is_new] = linked_.try_emplace({status.st_dev, status.st_ino}, entry.path);
    if (!is_new) {
      entry.hard_link = first->second;
      return tar.add(entry);
    }
  }
  const UniqueFd file(::openat(folder, name.c_str(), for_reading));
  if (!file) {
    if (errno != EACCES) return cannot_read(entry.path, errno);
    note_unreadable(entry.path);
    return tar.add(entry);
  }
  entry.size = static_cast<std::uint64_t>(status.st_size);
  entry.size -= pass_lines_over(entry, file.get());
  TRY(tar.add(entry));
  for (auto left = entry.size; left > 0;) {
    const ssize_t got = ::read(file.get(), buffer_.data(), buffer_.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(entry.path, errno);
    if (got == 0) break;  // it shrank meanwhile: the digest of the whole will differ
    const auto size = std::min<std::uint64_t>(static_cast<std::uint64_t>(got), left);
    TRY(tar.append({buffer_.data(), static_cast<std::size_t>(size)}));
    left -= size;
  }
  return {};
}

std::uint64_t FolderTree::pass_lines_over(const TarEntry& entry, int file) const {
  if (!for_root_) return 0;
  const auto found = for_root_->lines.find(entry.path);
  if (found == for_root_->lines.end()) return 0;
  const auto& lines = found->second;
  std::string start(lines.size(), '\0');
  const ssize_t got = ::pread(file, start.data(), start.size(), 0);
  if (got != static_cast<ssize_t>(lines.size()) || start != lines) return 0;
  return ::lseek(file, got, SEEK_SET) == got ? lines.size() : 0;
}

Result<void> FolderTree::add_link(TarWriter& tar, int folder, const std::string& name,
                                  TarEntry entry) {
  std::array<char, 4097> target{};
  const ssize_t size = ::readlinkat(folder, name.c_str(), target.data(), target.size() - 1);
  if (size < 0) return cannot_read(entry.path, errno);
  entry.type = FileType::symlink;
  entry.target = target.data();
  return tar.add(entry);
}

Error FolderTree::cannot_read(const std::string& path, int error_number) const {
  return Error::from_errno("cannot read " + path_ + (path.empty() ? "" : "/" + path), error_number,
                           Fault::user);
}

void FolderTree::note_unreadable(const std::string& path) {
  if (unreadable_++ == 0) first_unreadable_ = path;
}

}  // namespace chainer::archive
