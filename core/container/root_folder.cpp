#include "core/container/root_folder.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/container/layer.hpp"
#include "core/container/mirrored_root.hpp"
#include "core/fd_io.hpp"
#include "core/open_beneath.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_name_file = 4 * 1024 * 1024;

struct NameFile {
  const char* name;
  const char* path;
  const std::string& lines;
};

std::array<NameFile, 2> name_files(const UserNames& names) {
  return {
      {{"passwd", "/etc/passwd", names.passwd_line}, {"group", "/etc/group", names.group_lines}}};
}

Result<std::string> read_name_file(int root, const char* path) {
  const UniqueFd file(open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file) return std::string();  // an image without users has none to lose
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::string();
  return read_all(file.get(), largest_name_file);
}

/// In a container that can be written the job's user stands in the file itself: over a mount no
/// program that makes accounts could put its new file. The image's own lines all stay, so that what
/// is saved of the container is the file without the user's.
Result<void> write_into(const ImageMounts& image, const NameFile& file) {
  const auto way = image.find_or_make(file.path, Bind::Kind::file);
  struct stat status {};
  if (way.end != Way::End::found || ::fstat(way.place.get(), &status) != 0 ||
      !S_ISREG(status.st_mode)) {
    return Error{std::string("cannot open the image's ") + file.path, ""};
  }
  const auto place = "/proc/self/fd/" + std::to_string(way.place.get());
  // Another step in the same layer may hold a lease on the file: nobody waits for that one.
  const UniqueFd opened(::open(place.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!opened) return Error::from_errno(std::string("cannot write ") + file.path, errno);
  TRY_ASSIGN(const auto text, read_all(opened.get(), largest_name_file));
  if (text.starts_with(file.lines)) return {};
  const auto whole = file.lines + text;
  // All room is had before anything is lost.
  if (::fallocate(opened.get(), 0, 0, static_cast<off_t>(whole.size())) != 0 ||
      ::lseek(opened.get(), 0, SEEK_SET) != 0) {
    return Error::from_errno(std::string("cannot write ") + file.path, errno);
  }
  return write_all(opened.get(), whole);
}

/// Where that cannot be, as in a full layer, the mounts stay.
void write_instead_of_mounts(const ImageMounts& image, RootParts& parts) {
  for (const auto& file : name_files(parts.names)) {
    if (!write_into(image, file)) continue;
    std::erase_if(parts.binds, [&](const Bind& bind) {
      return bind.standing == Bind::Standing::replaceable && bind.destination == file.path;
    });
  }
}

/// Finds the host's /dev among the binds; once it is attached, its descriptor is where it lies.
Result<int> dev_of(const std::vector<Bind>& binds) {
  const auto dev = std::ranges::find(binds, "/dev", &Bind::destination);
  if (dev == binds.end()) return Error{"cannot find the host's /dev", ""};
  return dev->tree.get();
}

}  // namespace

Result<void> add_name_files(int image, const Staging& staging, RootParts& parts) {
  for (const auto& file : name_files(parts.names)) {
    auto of_image = read_name_file(image, file.path);
    if (!of_image)
      return std::move(of_image).error().within(std::string("cannot read the image's ") +
                                                file.path);
    TRY_ASSIGN(auto tree, staging.file_mount(file.name, merge_names(file.lines, *of_image)));
    parts.binds.insert(parts.binds.begin(), Bind{std::move(tree), Bind::Kind::file, file.path,
                                                 Bind::Standing::replaceable});
  }
  for (const auto& file : parts.files) {
    TRY_ASSIGN(auto tree, staging.file_mount(file.name, file.text));
    parts.binds.push_back(Bind{std::move(tree), Bind::Kind::file, file.destination});
  }
  return {};
}

void write_name_files(const ImageMounts& image, const UserNames& names) {
  for (const auto& file : name_files(names)) (void)write_into(image, file);
}

Result<ImageMounts> attach_image(UniqueFd image, const Staging& staging, const RootParts& parts,
                                 CopyUp copy_up, MountedBy by) {
  TRY_ASSIGN(const auto place, staging.new_folder("root"));
  ImageMounts whole(std::move(image));
  const auto lacking = parts.writable ? LackingTops() : tops_that_lack(whole, parts.binds);
  if (parts.is_layered || (!parts.writable && lacking.empty())) {
    TRY(attach(whole.root(), place.get()));
    return whole;
  }
  if (!parts.writable) {
    TRY_ASSIGN(auto mirrored,
               mirror_root(whole.root(), staging, place.get(), lacking, parts.binds, by));
    if (mirrored) return *std::move(mirrored);
  }
  TRY_ASSIGN(auto layered, put_layer_over(whole.root(), staging, 0, copy_up, by));
  TRY(attach(layered.get(), place.get()));
  return ImageMounts(std::move(layered));
}

Result<void> attach_shm(int dev, ByteSize size) {
  TRY_ASSIGN(const auto tree, mount_tmpfs(size, 01777, nosuid_nodev()));
  return attach_beneath(dev, "shm", tree.get());
}

Result<void> attach_own_shm(ByteSize size) {
  const UniqueFd dev(::open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!dev) return Error::from_errno("cannot open /dev", errno);
  return attach_shm(dev.get(), size);
}

Result<void> complete_root(ImageMounts& image, RootParts& parts,
                           const MountPoints::OpenAsUser& open_as_user) {
  if (parts.writable) write_instead_of_mounts(image, parts);
  TRY_ASSIGN(const int dev, dev_of(parts.binds));
  MountPoints mount_points(image, open_as_user);
  TRY(mount_points.attach_all(parts.binds));
  TRY(attach_shm(dev, parts.shm_size));
  return parts.writable ? Result<void>() : image.make_read_only();
}

Result<void> make_it_the_root(int root) {
  if (::fchdir(root) != 0) return Error::from_errno("cannot enter the container's root", errno);
  // "." over ".": the old root ends up on top of the new one and is taken off again.
  if (::syscall(SYS_pivot_root, ".", ".") != 0)
    return Error::from_errno("cannot pivot to the container's root", errno);
  if (::umount2(".", MNT_DETACH) != 0)
    return Error::from_errno("cannot let go of the host's root", errno);
  if (::chdir("/") != 0) return Error::from_errno("cannot enter the container's root", errno);
  return {};
}

}  // namespace chainer
