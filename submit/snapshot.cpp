#include "submit/snapshot.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "core/fd_io.hpp"
#include "core/sha256.hpp"
#include "core/unique_fd.hpp"
#include "submit/guarded_folder.hpp"

namespace chainer {
namespace {

Error cannot(const std::string& what) { return Error::from_errno("cannot " + what, errno); }

/// Reads `from` to its end; every piece also goes to `to` unless that is -1.
Result<Digest> hash(int from, int to, const std::string& name) {
  Sha256 sha;
  std::vector<char> buffer(256 * 1024);
  while (true) {
    const auto got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read " + name);
    if (got == 0) return sha.finish();
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
    sha.update(piece);
    if (to < 0) continue;
    if (auto written = write_all(to, piece); !written) return std::move(written).error();
  }
}

/// One program in two modes is two objects: a hard link has one mode.
std::string object_name(const std::string& objects, const Digest& digest, bool executable) {
  return objects + "/" + digest.hex() + (executable ? "-x" : "");
}

/// Copies into a temporary file that becomes the object of what was really copied: the file may
/// have changed since it was hashed.
Result<std::string> copy_object(int from, const SourceFile& file, const std::string& objects) {
  std::string temporary = objects + "/.new-XXXXXX";
  const UniqueFd to(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!to) return cannot("write into " + objects);
  const auto give_up = [&](Error error) {
    ::unlink(temporary.c_str());
    return error;
  };
  auto copied = hash(from, to.get(), file.path);
  if (!copied) return give_up(std::move(copied).error());
  const auto object = object_name(objects, *copied, file.executable);
  if (::fchmod(to.get(), file.executable ? 0555 : 0444) != 0 ||
      ::rename(temporary.c_str(), object.c_str()) != 0) {
    return give_up(cannot("write " + object));
  }
  return object;
}

Result<std::string> find_or_copy(const SourceTree& tree, const SourceFile& file,
                                 const std::string& objects) {
  const auto path = tree.folder + "/" + file.path;
  const UniqueFd from(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!from) return cannot("read " + path);
  auto digest = hash(from.get(), -1, path);
  if (!digest) return std::move(digest).error();

  const auto object = object_name(objects, *digest, file.executable);
  struct stat status {};
  const bool known = ::lstat(object.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                     (status.st_mode & 0222) == 0 &&
                     status.st_size == ::lseek(from.get(), 0, SEEK_CUR);
  if (known) return object;
  if (::lseek(from.get(), 0, SEEK_SET) < 0) return cannot("read " + path);
  return copy_object(from.get(), file, objects);
}

Result<void> add_file(const SourceTree& tree, const SourceFile& file, const std::string& objects,
                      const std::string& folder) {
  const auto path = folder + "/" + file.path;
  auto object = find_or_copy(tree, file, objects);
  if (!object) return std::move(object).error();
  if (::link(object->c_str(), path.c_str()) == 0) return {};
  if (errno != EMLINK) return cannot("link " + path);
  // A file system's limit of links: the next ones go to a new copy.
  ::unlink(object->c_str());
  object = find_or_copy(tree, file, objects);
  if (!object) return std::move(object).error();
  if (::link(object->c_str(), path.c_str()) != 0) return cannot("link " + path);
  return {};
}

}  // namespace

Result<void> take_snapshot(const SourceTree& tree, const std::string& objects,
                           const std::string& folder) {
  if (auto own = open_own_folder(AT_FDCWD, objects, objects); !own) return std::move(own).error();
  if (::mkdir(folder.c_str(), 0700) != 0) return cannot("make " + folder);
  for (const auto& path : tree.folders) {  // a folder comes before what is in it
    if (::mkdir((folder + "/" + path).c_str(), 0700) != 0)
      return cannot("make " + folder + "/" + path);
  }
  for (const auto& file : tree.files) {
    if (auto added = add_file(tree, file, objects, folder); !added) return added;
  }
  for (const auto& link : tree.links) {
    const auto path = folder + "/" + link.path;
    if (::symlink(link.target.c_str(), path.c_str()) != 0) return cannot("link " + path);
  }
  return {};
}

}  // namespace chainer
