#include "node/archive/tree_tar.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "core/unique_fd.hpp"

namespace chainer::archive {
namespace {

constexpr time_t fixed_time = 315'532'800;  // 1980: the first that a zip file can hold

struct ArchiveCloser {
  void operator()(::archive* writer) const { ::archive_write_free(writer); }
  void operator()(archive_entry* entry) const { ::archive_entry_free(entry); }
  void operator()(DIR* folder) const { ::closedir(folder); }
};
template <typename T>
using Owned = std::unique_ptr<T, ArchiveCloser>;

class TreeTar {
 public:
  TreeTar(const Sink& sink, std::string_view without) : sink_(sink), without_(without) {}

  Result<void> write(const std::string& root) {
    writer_.reset(::archive_write_new());
    ::archive_write_set_format_pax_restricted(writer_.get());
    ::archive_write_set_bytes_per_block(writer_.get(), 256 * 1024);
    ::archive_write_set_bytes_in_last_block(writer_.get(), 1);
    if (::archive_write_open2(writer_.get(), this, nullptr, pass_on, nullptr, nullptr) !=
        ARCHIVE_OK) {
      return failed("the tree");
    }
    UniqueFd folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return Error::from_errno("cannot open " + root, errno);
    TRY(add_content(std::move(folder), ""));
    if (::archive_write_close(writer_.get()) != ARCHIVE_OK) return failed("the tree");
    return {};
  }

 private:
  static la_ssize_t pass_on(::archive* writer, void* self, const void* bytes, std::size_t size) {
    auto* tar = static_cast<TreeTar*>(self);
    if (tar->sink_error_) return -1;
    auto passed = tar->sink_({static_cast<const char*>(bytes), size});
    if (passed) return static_cast<la_ssize_t>(size);
    tar->sink_error_ = std::move(passed).error();
    ::archive_set_error(writer, EIO, "the sink failed");
    return -1;
  }

  /// The sink's own error where there is one: libarchive only knows that it failed.
  Error failed(const std::string& path) const {
    if (sink_error_) return *sink_error_;
    const char* text = ::archive_error_string(writer_.get());
    return {"cannot pack " + path + ": " + (text != nullptr ? text : "unknown error")};
  }

  Result<void> add_content(UniqueFd folder, const std::string& path) {
    TRY_ASSIGN(auto names, names_in(folder.get()));
    for (const auto& name : names) {
      if (path.empty() && name == without_) continue;
      TRY(add(folder.get(), name, path.empty() ? name : path + "/" + name));
    }
    return {};
  }

  static Result<std::vector<std::string>> names_in(int folder) {
    const Owned<DIR> stream(::fdopendir(::fcntl(folder, F_DUPFD_CLOEXEC, 0)));
    if (!stream) return Error::from_errno("cannot read a folder of the environment", errno);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(stream.get())) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    std::ranges::sort(names);
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
    const auto entry = make_entry(path, AE_IFDIR, 0755);
    TRY(put(entry.get(), path));
    return add_content(std::move(fd), path);
  }

  Result<void> add_link(int folder, const std::string& name, const std::string& path) {
    std::array<char, 4097> target{};
    const ssize_t size = ::readlinkat(folder, name.c_str(), target.data(), target.size() - 1);
    if (size < 0) return Error::from_errno("cannot read the link " + path, errno);
    const auto entry = make_entry(path, AE_IFLNK, 0777);
    ::archive_entry_set_symlink(entry.get(), target.data());
    return put(entry.get(), path);
  }

  Result<void> add_file(int folder, const std::string& name, const std::string& path) {
    const UniqueFd fd(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
      return Error::from_errno("cannot open " + path, errno);
    const auto entry = make_entry(path, AE_IFREG, (status.st_mode & S_IXUSR) != 0 ? 0755 : 0644);
    ::archive_entry_set_size(entry.get(), status.st_size);
    TRY(put(entry.get(), path));

    for (off_t left = status.st_size; left > 0;) {
      const ssize_t got = ::read(fd.get(), buffer_.data(), buffer_.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Error::from_errno("cannot read " + path, errno);
      if (got == 0) break;  // it shrank meanwhile: libarchive fills up with zeros
      const auto size = static_cast<std::size_t>(std::min<off_t>(got, left));
      if (::archive_write_data(writer_.get(), buffer_.data(), size) < 0) return failed(path);
      left -= static_cast<off_t>(size);
    }
    return {};
  }

  static Owned<archive_entry> make_entry(const std::string& path, unsigned type, unsigned mode) {
    Owned<archive_entry> entry(::archive_entry_new());
    ::archive_entry_set_pathname(entry.get(), path.c_str());
    ::archive_entry_set_filetype(entry.get(), type);
    ::archive_entry_set_perm(entry.get(), mode);
    ::archive_entry_set_mtime(entry.get(), fixed_time, 0);
    return entry;
  }

  Result<void> put(archive_entry* entry, const std::string& path) {
    if (::archive_write_header(writer_.get(), entry) < ARCHIVE_WARN) return failed(path);
    return {};
  }

  const Sink& sink_;
  std::string without_;
  std::optional<Error> sink_error_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
  Owned<::archive> writer_;  // goes first: it may call pass_on while it closes
};

}  // namespace

Result<void> write_tree_tar(const std::string& root, std::string_view without, const Sink& sink) {
  return TreeTar(sink, without).write(root);
}

}  // namespace chainer::archive
