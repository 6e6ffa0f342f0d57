#include "submit/run/snapshot.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <vector>

#include "core/fd_io.hpp"
#include "core/result.hpp"
#include "core/sha256.hpp"
#include "core/unique_fd.hpp"
#include "submit/run/guarded_folder.hpp"

namespace chainer::run {
namespace {

constexpr std::size_t buffer_size = std::size_t{256} * 1024;
constexpr std::time_t oldest_temporary = 3600;  // s: nobody is still writing it

/// How the snapshots of several runs keep the same content.
enum class Sharing { clones, copies };

Error cannot(const std::string& what) { return Error::from_errno("cannot " + what, errno); }

Error cannot_write(const std::string& path, const Error& why) {
  return Error::from_errno("cannot write " + path, why.error_number);
}

/// Reads `from` to its end; every piece also goes to `to` unless that is -1.
/// `name` and `to_name` are what the two are called.
Result<Digest> hash(int from, const std::string& name, int to = -1,
                    const std::string& to_name = {}) {
  Sha256 sha;
  std::vector<char> buffer(buffer_size);
  while (true) {
    const auto got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read " + name);
    if (got == 0) return sha.finish();
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
    sha.update(piece);
    if (to < 0) continue;
    if (const auto written = write_all(to, piece); !written) {
      return cannot_write(to_name, written.error());
    }
  }
}

mode_t mode_of(const plan::SourceFile& file) { return file.executable ? 0555 : 0444; }

UniqueFd open_source(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

/// Copies into a temporary file that becomes the object of what was really copied: the file may
/// have changed since it was hashed.
Result<UniqueFd> copy_object(int from, const plan::SourceFile& file, const std::string& objects) {
  std::string temporary = objects + "/.new-XXXXXX";
  const UniqueFd to(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!to) return cannot("write into " + objects);
  const auto give_up = [&](Error error) {
    ::unlink(temporary.c_str());
    return error;
  };
  auto copied = hash(from, file.path, to.get(), temporary);
  if (!copied) return give_up(std::move(copied).error());
  const auto object = objects + "/" + copied->hex();
  if (::fchmod(to.get(), 0444) != 0 || ::rename(temporary.c_str(), object.c_str()) != 0) {
    return give_up(cannot("write " + object));
  }
  return UniqueFd(::open(object.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
}

/// The object of that content, when it is there and holds it: whatever a name says, its owner may
/// have changed the bytes. What is wrong makes room.
UniqueFd open_verified(const std::string& object, const Digest& digest) {
  UniqueFd fd(::open(object.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return fd;
  const auto held = hash(fd.get(), object);
  if (held && *held == digest) return fd;
  ::unlink(object.c_str());
  return {};
}

Result<UniqueFd> find_or_copy(int from, const std::string& path, const plan::SourceFile& file,
                              const std::string& objects) {
  const auto digest = hash(from, path);
  if (!digest) return Error(digest.error());
  if (auto object = open_verified(objects + "/" + digest->hex(), *digest)) return object;
  if (::lseek(from, 0, SEEK_SET) < 0) return cannot("read " + path);
  auto object = copy_object(from, file, objects);
  if (object && !*object) return cannot("read an object in " + objects);
  return object;
}

Result<void> copy_bytes(int from, const std::string& source, int to, const std::string& path) {
  std::vector<char> buffer(buffer_size);
  while (true) {
    const auto got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read " + source);
    if (got == 0) return {};
    const auto written = write_all(to, {buffer.data(), static_cast<std::size_t>(got)});
    if (!written) return cannot_write(path, written.error());
  }
}

/// Makes one file of the snapshot, which shares no byte with another that it could change there: a
/// clone of an object where the file system has such, else a copy.
Result<void> add_file(const plan::SourceTree& tree, const plan::SourceFile& file,
                      const std::string& objects, Sharing sharing, const std::string& folder) {
  const auto source = tree.folder + "/" + file.path;
  const auto path = folder + "/" + file.path;
  const auto from = open_source(source);
  if (!from) return cannot("read " + source);
  const UniqueFd to(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!to) return cannot("create " + path);
  if (sharing == Sharing::clones) {
    const auto object = find_or_copy(from.get(), source, file, objects);
    if (!object) return Error(object.error());
    if (::ioctl(to.get(), FICLONE, object->get()) != 0) return cannot("clone " + path);
  } else
    TRY(copy_bytes(from.get(), source, to.get(), path));
  if (::fchmod(to.get(), mode_of(file)) != 0) return cannot("set the mode of " + path);
  return {};
}

/// Tries it: file systems that have the call may refuse it all the same.
Sharing sharing_in(const std::string& objects) {
  std::string names[] = {objects + "/.new-XXXXXX", objects + "/.new-XXXXXX"};
  const UniqueFd one(::mkostemp(names[0].data(), O_CLOEXEC));
  const UniqueFd other(::mkostemp(names[1].data(), O_CLOEXEC));
  const bool clones = one && other && ::write(one.get(), "x", 1) == 1 &&
                      ::ioctl(other.get(), FICLONE, one.get()) == 0;
  for (const auto& name : names) ::unlink(name.c_str());
  return clones ? Sharing::clones : Sharing::copies;
}

/// Removes what a submission that was killed left half written.
void remove_leftovers(const std::string& objects) {
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(objects, unreadable)) {
    struct stat status {};
    const auto path = entry.path().string();
    if (!entry.path().filename().string().starts_with(".new-")) continue;
    if (::lstat(path.c_str(), &status) != 0) continue;
    if (::time(nullptr) - status.st_mtime > oldest_temporary) ::unlink(path.c_str());
  }
}

Result<void> add_files(const plan::SourceTree& tree, const std::string& objects, Sharing sharing,
                       const std::string& folder, const SnapshotProgress& progress) {
  std::uint64_t total = 0, done = 0;
  for (const auto& file : tree.files) total += file.size;
  for (const auto& file : tree.files) {
    TRY(add_file(tree, file, objects, sharing, folder));
    done += file.size;
    progress(done, total);
  }
  return {};
}

}  // namespace

Result<void> take_snapshot(const plan::SourceTree& tree, const std::string& objects,
                           const std::string& folder, const SnapshotProgress& progress) {
  auto sharing = Sharing::copies;
  if (!objects.empty()) {
    TRY(open_own_folder(AT_FDCWD, objects, objects));
    remove_leftovers(objects);
    sharing = sharing_in(objects);
  }
  if (::mkdir(folder.c_str(), 0700) != 0) return cannot("make " + folder);
  for (const auto& path : tree.folders) {  // a folder comes before what is in it
    if (::mkdir((folder + "/" + path).c_str(), 0700) != 0)
      return cannot("make " + folder + "/" + path);
  }
  TRY(add_files(tree, objects, sharing, folder, progress));
  for (const auto& link : tree.links) {
    const auto path = folder + "/" + link.path;
    if (::symlink(link.target.c_str(), path.c_str()) != 0) return cannot("link " + path);
  }
  return {};
}

}  // namespace chainer::run
