// A file system over a folder that behaves as cluster file systems do at their worst: it has no
// locks, it caches attributes and names for seconds, missing names too, and it makes no unnamed
// files. Two of them over the same folder are two nodes that see each other's work late.
//
//   sluggish_fs FOLDER MOUNT_POINT SECONDS     (as root; stays until it is ended)
#define FUSE_USE_VERSION 35
#include <dirent.h>
#include <fcntl.h>
#include <fuse.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

// NOLINTBEGIN(misc-definitions-in-headers): of the whole program
std::string folder;
double seconds_kept;
// NOLINTEND(misc-definitions-in-headers)

std::string path_below(const char* path) { return folder + path; }
int answer(int result) { return result < 0 ? -errno : 0; }
int descriptor(const fuse_file_info* file) { return static_cast<int>(file->fh); }

void* init(fuse_conn_info*, fuse_config* config) {
  config->attr_timeout = seconds_kept;
  config->entry_timeout = seconds_kept;
  config->negative_timeout = seconds_kept;
  config->use_ino = 1;
  config->nullpath_ok = 1;
  config->hard_remove = 1;
  return nullptr;
}

int getattr(const char* path, struct stat* status, fuse_file_info* file) {
  if (file != nullptr) return answer(::fstat(descriptor(file), status));
  return answer(::lstat(path_below(path).c_str(), status));
}

/// What is made belongs to whoever asked for it.
int given_to_caller(const std::string& path) {
  const auto* caller = fuse_get_context();
  return answer(::lchown(path.c_str(), caller->uid, caller->gid));
}

int mkdir(const char* path, mode_t mode) {
  const auto place = path_below(path);
  return ::mkdir(place.c_str(), mode) != 0 ? -errno : given_to_caller(place);
}

int open(const char* path, fuse_file_info* file) {
  const int fd = ::open(path_below(path).c_str(), file->flags & ~O_NOFOLLOW, 0);
  if (fd < 0) return -errno;
  file->fh = static_cast<std::uint64_t>(fd);
  return 0;
}

int create(const char* path, mode_t mode, fuse_file_info* file) {
  const auto place = path_below(path);
  const int fd = ::open(place.c_str(), file->flags | O_CREAT, mode);
  if (fd < 0) return -errno;
  file->fh = static_cast<std::uint64_t>(fd);
  return given_to_caller(place);
}

int read(const char*, char* buffer, std::size_t size, off_t at, fuse_file_info* file) {
  const auto got = ::pread(descriptor(file), buffer, size, at);
  return got < 0 ? -errno : static_cast<int>(got);
}

int write(const char*, const char* buffer, std::size_t size, off_t at, fuse_file_info* file) {
  const auto put = ::pwrite(descriptor(file), buffer, size, at);
  return put < 0 ? -errno : static_cast<int>(put);
}

int opendir(const char* path, fuse_file_info* file) {
  const int fd = ::open(path_below(path).c_str(), O_RDONLY | O_DIRECTORY);
  if (fd < 0) return -errno;
  file->fh = static_cast<std::uint64_t>(fd);
  return 0;
}

int readdir(const char*, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info* file,
            fuse_readdir_flags) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(::dup(descriptor(file))),
                                                    ::closedir);
  if (!entries) return -errno;
  ::rewinddir(entries.get());
  while (const auto* entry = ::readdir(entries.get()))
    fill(buffer, entry->d_name, nullptr, 0, fuse_fill_dir_flags{});
  return 0;
}

int release(const char*, fuse_file_info* file) { return answer(::close(descriptor(file))); }
int fsync(const char*, int, fuse_file_info* file) { return answer(::fsync(descriptor(file))); }
int fsyncdir(const char*, int, fuse_file_info*) { return 0; }
int unlink(const char* path) { return answer(::unlink(path_below(path).c_str())); }
int rmdir(const char* path) { return answer(::rmdir(path_below(path).c_str())); }

int rename(const char* from, const char* to, unsigned flags) {
  if (flags != 0) return -EINVAL;
  return answer(::rename(path_below(from).c_str(), path_below(to).c_str()));
}

int link(const char* from, const char* to) {
  return answer(::link(path_below(from).c_str(), path_below(to).c_str()));
}

int chmod(const char* path, mode_t mode, fuse_file_info* file) {
  if (file != nullptr) return answer(::fchmod(descriptor(file), mode));
  return answer(::chmod(path_below(path).c_str(), mode));
}

int chown(const char* path, uid_t user, gid_t group, fuse_file_info* file) {
  if (file != nullptr) return answer(::fchown(descriptor(file), user, group));
  return answer(::lchown(path_below(path).c_str(), user, group));
}

int truncate(const char* path, off_t size, fuse_file_info* file) {
  if (file != nullptr) return answer(::ftruncate(descriptor(file), size));
  return answer(::truncate(path_below(path).c_str(), size));
}

int utimens(const char* path, const timespec times[2], fuse_file_info* file) {
  if (file != nullptr) return answer(::futimens(descriptor(file), times));
  return answer(::utimensat(AT_FDCWD, path_below(path).c_str(), times, AT_SYMLINK_NOFOLLOW));
}

int statfs(const char* path, struct statvfs* status) {
  return answer(::statvfs(path_below(path).c_str(), status));
}

int flock(const char*, fuse_file_info*, int) { return -EOPNOTSUPP; }
int lock(const char*, fuse_file_info*, int, struct flock*) { return -EOPNOTSUPP; }

fuse_operations operations() {
  fuse_operations all{};
  all.init = init;
  all.getattr = getattr;
  all.mkdir = mkdir;
  all.open = open;
  all.create = create;
  all.read = read;
  all.write = write;
  all.opendir = opendir;
  all.readdir = readdir;
  all.releasedir = release;
  all.release = release;
  all.fsync = fsync;
  all.fsyncdir = fsyncdir;
  all.unlink = unlink;
  all.rmdir = rmdir;
  all.rename = rename;
  all.link = link;
  all.chmod = chmod;
  all.chown = chown;
  all.truncate = truncate;
  all.utimens = utimens;
  all.statfs = statfs;
  all.flock = flock;
  all.lock = lock;
  return all;
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::fputs("usage: sluggish_fs FOLDER MOUNT_POINT SECONDS\n", stderr);
    return 2;
  }
  folder = words[1];
  seconds_kept = std::strtod(words[3], nullptr);
  ::umask(0);
  std::string foreground = "-f";
  std::string options = "-oallow_other,default_permissions,fsname=sluggish,subtype=sluggish";
  std::array<char*, 4> arguments{words[0], foreground.data(), options.data(), words[2]};
  const auto all = operations();
  return fuse_main(static_cast<int>(arguments.size()), arguments.data(), &all, nullptr);
}
