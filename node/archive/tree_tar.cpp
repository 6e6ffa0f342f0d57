#include "node/archive/tree_tar.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/fd_io.hpp"
#include "core/folder_names.hpp"
#include "core/unique_fd.hpp"

namespace chainer::archive {
namespace {

constexpr std::uint32_t fixed_time = 315'532'800;  // 1980: the earliest that a zip file can hold

class TreeTar {
 public:
  TreeTar(TarWriter& writer, std::string_view without) : writer_(writer), without_(without) {}

  Result<void> write(const std::string& root) {
    UniqueFd folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return Error::from_errno("cannot open " + root, errno);
    return add_content(std::move(folder), "");
  }

 private:
  Result<void> add_content(UniqueFd folder, const std::string& path) {
    TRY_ASSIGN(auto names, sorted_names(folder.get()));
    for (const auto& name : names) {
      if (path.empty() && name == without_) continue;
      TRY(add(folder.get(), name, path.empty() ? name : path + "/" + name));
    }
    return {};
  }

  static Result<std::vector<std::string>> sorted_names(int folder) {
    auto names = names_in(folder);
    if (!names)
      return Error::from_errno("cannot read a folder of the environment",
                               names.error().error_number);
    std::ranges::sort(*names);
    return names;
  }

  Result<void> add(int folder, const std::string& name, const std::string& path) {
    struct stat status {};
    if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return Error::from_errno("cannot stat " + path, errno);
    }
    switch (status.st_mode & S_IFMT) {
      case S_IFDIR: return add_folder(folder, name, path);
      case S_IFREG: return add_file(folder, name, path);
      case S_IFLNK: return add_link(folder, name, path);
      default: break;
    }
    return Error{"cannot pack " + path + ": neither a file, a folder nor a link",
                 "a package put it there while it was built", 0, Fault::user};
  }

  Result<void> add_folder(int folder, const std::string& name, const std::string& path) {
    UniqueFd fd(::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return Error::from_errno("cannot open " + path, errno);
    TRY(writer_.add(entry_of(path, FileType::directory, 0755)));
    return add_content(std::move(fd), path);
  }

  Result<void> add_link(int folder, const std::string& name, const std::string& path) {
    std::array<char, 4097> target{};
    const ssize_t size = ::readlinkat(folder, name.c_str(), target.data(), target.size() - 1);
    if (size < 0) return Error::from_errno("cannot read the link " + path, errno);
    auto entry = entry_of(path, FileType::symlink, 0777);
    entry.target = target.data();
    return writer_.add(entry);
  }

  Result<void> add_file(int folder, const std::string& name, const std::string& path) {
    const UniqueFd fd(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
      return Error::from_errno("cannot open " + path, errno);
    auto entry = entry_of(path, FileType::regular, (status.st_mode & S_IXUSR) != 0 ? 0755 : 0644);
    entry.size = static_cast<std::uint64_t>(status.st_size);
    TRY(writer_.add(entry));

    for (off_t left = status.st_size; left > 0;) {
      const ssize_t got = read_some(fd.get(), buffer_.data(), buffer_.size());
      if (got < 0) return Error::from_errno("cannot read " + path, errno);
      if (got == 0) break;  // it shrank meanwhile: the rest is zeros
      const auto size = static_cast<std::size_t>(std::min<off_t>(got, left));
      TRY(writer_.append({buffer_.data(), size}));
      left -= static_cast<off_t>(size);
    }
    return {};
  }

  static TarEntry entry_of(const std::string& path, FileType type, std::uint32_t mode) {
    TarEntry entry;
    entry.path = path;
    entry.type = type;
    entry.attributes = {mode, 0, 0, fixed_time};
    return entry;
  }

  TarWriter& writer_;
  std::string without_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
};

}  // namespace

Result<void> write_tree_tar(const std::string& root, std::string_view without, const Sink& sink) {
  TRY_ASSIGN(auto writer, TarWriter::start(sink));
  TRY(TreeTar(writer, without).write(root));
  return writer.finish();
}

}  // namespace chainer::archive
