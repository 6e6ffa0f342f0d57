#include "submit/run/snapshot.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

#include "core/fd_io.hpp"
#include "core/result.hpp"
#include "core/sha256.hpp"
#include "core/unique_fd.hpp"
#include "submit/run/guarded_folder.hpp"

namespace chainer::run {
namespace {

constexpr std::size_t buffer_size = std::size_t{256} * 1024;
constexpr int most_readings = 3;
constexpr std::chrono::milliseconds step_of_times{10};
constexpr std::time_t oldest_temporary = 3600;  // s: nobody is still writing it

/// How the snapshots of several runs keep the same content.
enum class Sharing { clones, copies };

Error cannot(const std::string& what) { return Error::from_errno("cannot " + what, errno); }

Error cannot_write(const std::string& path, const Error& why) {
  return Error::from_errno("cannot write " + path, why.error_number);
}

/// Reads `from` to its end; every piece also goes to `to` unless that is -1. `name` and `to_name`
/// are the two files' names in messages.
Result<Digest> hash(int from, const std::string& name, int to = -1,
                    const std::string& to_name = {}) {
  Sha256 sha;
  std::vector<char> buffer(buffer_size);
  while (true) {
    const auto got = read_some(from, buffer.data(), buffer.size());
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

/// Keeps the source's permissions. Whoever may read a file may copy it, so its owner can read the
/// copy.
Result<void> keep_permissions(int from, int to, const std::string& path) {
  struct stat status {};
  if (::fstat(from, &status) == 0 && ::fchmod(to, (status.st_mode & 0777) | S_IRUSR) == 0)
    return {};
  return cannot("set the mode of " + path);
}

UniqueFd open_source(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

/// Copies into a temporary file, which becomes the object of what was really copied: the file may
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

/// The object with that content, if it is there and really has it: whatever its name says, its
/// owner may have changed the bytes. A wrong one is removed.
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
    const auto got = read_some(from, buffer.data(), buffer.size());
    if (got < 0) return cannot("read " + source);
    if (got == 0) return {};
    const auto written = write_all(to, {buffer.data(), static_cast<std::size_t>(got)});
    if (!written) return cannot_write(path, written.error());
  }
}

/// The parts of a file's state that change when somebody writes it.
struct Stamp {
  off_t size{0};
  timespec written{}, changed{};

  static std::optional<Stamp> of(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return std::nullopt;
    return Stamp{status.st_size, status.st_mtim, status.st_ctim};
  }
  /// Whether a later write would show in the times, which many kernels count in coarse steps.
  bool is_settled() const {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const auto age = std::chrono::seconds(now.tv_sec - changed.tv_sec) +
                     std::chrono::nanoseconds(now.tv_nsec - changed.tv_nsec);
    return age > 2 * step_of_times;
  }

  bool operator==(const Stamp& other) const {
    const auto same = [](const timespec& one, const timespec& two) {
      return one.tv_sec == two.tv_sec && one.tv_nsec == two.tv_nsec;
    };
    return size == other.size && same(written, other.written) && same(changed, other.changed);
  }
};

/// Fills one file of the snapshot, which must not share bytes that another run could change: it is
/// a clone of an object where the file system has clones, else a copy.
Result<void> fill_file(int from, const std::string& source, const plan::SourceFile& file,
                       const std::string& objects, Sharing sharing, int to,
                       const std::string& path) {
  if (sharing == Sharing::copies) return copy_bytes(from, source, to, path);
  const auto object = find_or_copy(from, source, file, objects);
  if (!object) return Error(object.error());
  if (::ioctl(to, FICLONE, object->get()) != 0) return cannot("clone " + path);
  return {};
}

/// Half of an old file and half of a new one is neither: a file that is written meanwhile is read
/// again.
Result<void> add_file(const plan::SourceTree& tree, const plan::SourceFile& file,
                      const std::string& objects, Sharing sharing, const std::string& folder) {
  const auto source = tree.folder + "/" + file.path;
  const auto path = folder + "/" + file.path;
  const auto from = open_source(source);
  if (!from) {
    return cannot("read " + source)
        .with_hint("it was there a moment ago: submit again when nothing changes the folder");
  }
  const UniqueFd to(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!to) return cannot("create " + path);
  const auto first = Stamp::of(from.get());
  for (int reading = 0;; ++reading) {
    const auto before = Stamp::of(from.get());
    TRY(fill_file(from.get(), source, file, objects, sharing, to.get(), path));
    const auto after = Stamp::of(from.get());
    if (after == before && (!after || after->is_settled())) break;
    if (reading == most_readings) {
      if (after == first) break;  // it only looks young, by a clock that is not ours
      return Error{fmt::format("{} changes while it is copied", source),
                   "submit again when nothing writes it, or name it in a .chainerignore file", 0,
                   Fault::try_again};
    }
    std::this_thread::sleep_for(step_of_times);
    if (::lseek(from.get(), 0, SEEK_SET) < 0) return cannot("read " + source);
    if (::lseek(to.get(), 0, SEEK_SET) < 0 || ::ftruncate(to.get(), 0) != 0) {
      return cannot("write " + path);
    }
  }
  return keep_permissions(from.get(), to.get(), path);
}

/// Tries a clone: file systems that have the call may still refuse it.
Sharing sharing_in(const std::string& objects) {
  std::string names[] = {objects + "/.new-XXXXXX", objects + "/.new-XXXXXX"};
  const UniqueFd one(::mkostemp(names[0].data(), O_CLOEXEC));
  const UniqueFd other(::mkostemp(names[1].data(), O_CLOEXEC));
  const bool clones = one && other && ::write(one.get(), "x", 1) == 1 &&
                      ::ioctl(other.get(), FICLONE, one.get()) == 0;
  for (const auto& name : names) ::unlink(name.c_str());
  return clones ? Sharing::clones : Sharing::copies;
}

/// Removes half-written files of a submission that was killed.
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
