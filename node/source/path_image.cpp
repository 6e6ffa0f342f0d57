#include "node/source/path_image.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "core/unique_fd.hpp"
#include "node/archive/folder_tree.hpp"
#include "node/image/image_config.hpp"
#include "node/source/sif_file.hpp"
#include "node/source/squashfs_tree.hpp"
#include "node/source/tree_settings.hpp"
#include "node/source/tree_source.hpp"

namespace chainer::source {
namespace {

using Opened = Result<std::unique_ptr<ImageSource>>;
using Kind = PathRef::Kind;

constexpr std::string_view squashfs_magic = "hsqs";
constexpr std::string_view old_squashfs_magic = "sqsh";  // big endian, before 2009
constexpr std::size_t tar_magic_at = 257;

Error not_read(const std::string& path, std::string why, std::string hint) {
  return {"cannot use " + path + " as an image: " + std::move(why), std::move(hint), 0,
          Fault::user};
}

Result<std::string> read_range(int fd, const std::string& path, std::uint64_t offset,
                               std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got =
        ::pread(fd, bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::from_errno("cannot read " + path, errno, Fault::user);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

bool has(const std::string& folder, const char* name) {
  return ::access((folder + "/" + name).c_str(), F_OK) == 0;
}

/// Refuses folders that hold an image in another form.
Result<void> check_is_a_root(const std::string& path) {
  if (has(path, "oci-layout") && has(path, "index.json"))
    return not_read(path, "it is an OCI layout", "write oci:" + path);
  if (has(path, "manifest.json") && has(path, "version"))
    return not_read(path, "it is what skopeo copies to dir:",
                    "copy the image to an OCI layout instead (skopeo copy … oci:DIR)");
  if (has(path, "usr") || has(path, "bin") || has(path, "etc")) return {};
  return not_read(path, "it has none of usr, bin and etc, as a root file system has",
                  "name the folder that holds the whole system of the container");
}

Opened open_folder(const PathRef& reference) {
  TRY_ASSIGN(auto tree, archive::FolderTree::open(reference.path));
  TRY(check_is_a_root(reference.path));
  return {std::make_unique<TreeSource>(std::make_unique<archive::FolderTree>(std::move(tree)),
                                       reference.path, reference.digest, TreeNotes::of_user())};
}

Opened open_squashfs(const PathRef& reference, UniqueFd file, const struct stat& status,
                     FileRange range, std::optional<TreeSettings> settings = {}) {
  TRY_ASSIGN(auto tree, SquashfsTree::open(reference.path, std::move(file), range,
                                           archive::stamp_of_file(status)));
  return {std::make_unique<TreeSource>(std::make_unique<SquashfsTree>(std::move(tree)),
                                       reference.path, reference.digest, TreeNotes::of_user(),
                                       std::move(settings))};
}

Result<std::optional<TreeSettings>> settings_of_sif(const SifParts& parts, const ReadRange& read) {
  if (!parts.oci_config) return std::optional<TreeSettings>();
  const auto& [offset, size] = *parts.oci_config;
  if (size > image::largest_config) {
    return Error{"its oci-config.json is larger than an image's configuration may be",
                 "make the image again", 0, Fault::user};
  }
  TRY_ASSIGN(const auto text, read(offset, static_cast<std::size_t>(size)));
  auto settings = settings_in_oci_config(text);
  if (!settings) return Error(settings.error()).within("its oci-config.json");
  return std::optional(*std::move(settings));
}

Opened open_sif(const PathRef& reference, UniqueFd file, const struct stat& status) {
  const auto& path = reference.path;
  const ReadRange read = [&](std::uint64_t offset, std::size_t bytes) {
    return read_range(file.get(), path, offset, bytes);
  };
  const auto parts = find_sif_parts(read, static_cast<std::uint64_t>(status.st_size));
  if (!parts) return Error(parts.error()).within("cannot use " + path + " as an image");
  auto settings = settings_of_sif(*parts, read);
  if (!settings) return Error(settings.error()).within("cannot use " + path + " as an image");
  return open_squashfs(reference, std::move(file), status, parts->root, *std::move(settings));
}

/// The kind of a file that begins so; empty for one that cannot be read here.
std::optional<Kind> kind_of_file(std::string_view first_bytes) {
  if (is_sif(first_bytes)) return Kind::sif;
  if (first_bytes.starts_with(squashfs_magic)) return Kind::squashfs;
  return std::nullopt;
}

Error unknown_kind(const std::string& path, std::string_view first_bytes) {
  const bool is_tar =
      first_bytes.size() > tar_magic_at && first_bytes.substr(tar_magic_at).starts_with("ustar");
  const bool is_packed = first_bytes.starts_with("\x1f\x8b") || first_bytes.starts_with("\x28\xb5");
  if (is_tar || is_packed) {
    return not_read(path, "it is an archive",
                    "write docker-archive:" + path + " or oci-archive:" + path);
  }
  if (first_bytes.starts_with(old_squashfs_magic))
    return not_read(path, "it is a squashfs file of an old form", "make it again with mksquashfs");
  return not_read(path, "it is neither a SIF file, a squashfs file nor a folder", "check the path");
}

std::string in_words(Kind kind) {
  switch (kind) {
    case Kind::sif: return "a SIF file";
    case Kind::squashfs: return "a squashfs file";
    case Kind::folder: return "a folder";
    case Kind::any: break;
  }
  return "an image";
}

Result<void> check_kind(const PathRef& reference, Kind found) {
  if (reference.kind == Kind::any || reference.kind == found) return {};
  return not_read(reference.path,
                  "it is " + in_words(found) + " instead of " + in_words(reference.kind),
                  "write the path alone: its kind is found out");
}

Opened open_file(const PathRef& reference, UniqueFd file, const struct stat& status) {
  const auto& path = reference.path;
  TRY_ASSIGN(const auto first_bytes, read_range(file.get(), path, 0, 512));
  const auto kind = kind_of_file(first_bytes);
  if (!kind) return unknown_kind(path, first_bytes);
  TRY(check_kind(reference, *kind));
  if (kind == Kind::sif) return open_sif(reference, std::move(file), status);
  return open_squashfs(reference, std::move(file), status,
                       {0, static_cast<std::uint64_t>(status.st_size)});
}

}  // namespace

Opened open_path_image(const PathRef& reference) {
  UniqueFd file(::open(reference.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0)
    return Error::from_errno("cannot read " + reference.path, errno, Fault::user);
  if (S_ISDIR(status.st_mode)) {
    TRY(check_kind(reference, Kind::folder));
    return open_folder(reference);
  }
  if (!S_ISREG(status.st_mode))
    return not_read(reference.path, "it is neither a file nor a folder", "check the path");
  return open_file(reference, std::move(file), status);
}

}  // namespace chainer::source
