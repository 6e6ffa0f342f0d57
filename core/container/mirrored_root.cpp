#include "core/container/mirrored_root.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "core/container/layer.hpp"
#include "core/container/path_text.hpp"
#include "core/folder_names.hpp"
#include "core/open_beneath.hpp"

namespace chainer {
namespace {

// Images have about twenty. Each costs a mount, which all of the step's tasks then have.
constexpr std::size_t most_tops = 64;
constexpr unsigned lowest_layer = 1;  // 0 is that of a whole image

/// Whether the host's folder will cover all of it, whatever the image has there.
bool is_covered(const std::string& name, const std::vector<Bind>& binds) {
  return std::ranges::any_of(binds, [&](const Bind& bind) {
    return bind.kind == Bind::Kind::directory && bind.standing != Bind::Standing::wished &&
           without_extra_slashes(bind.destination) == "/" + name;
  });
}

/// Whether a new folder of root's is the same to everybody. It is cheaper than a mount, and mount
/// points can be made in it.
bool is_plain(int folder, const struct stat& status) {
  const bool is_roots = status.st_uid == 0 && status.st_gid == 0;
  const bool has_set_id = (status.st_mode & (S_ISUID | S_ISGID)) != 0;
  const auto first = names_in(folder, 1);
  return is_roots && !has_set_id && first && first->empty();
}

class Mirror {
 public:
  Mirror(int image, const Staging& staging, const LackingTops& lacking,
         const std::vector<Bind>& binds, MountedBy by, UniqueFd root)
      : image_(image),
        staging_(staging),
        lacking_(lacking),
        binds_(binds),
        by_(by),
        shown_(std::move(root)) {}

  Result<void> show(const std::string& name) {
    const UniqueFd top(open_name(image_, name.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!top || ::fstat(top.get(), &status) != 0)
      return Error::from_errno("cannot open the image's /" + name, errno);
    auto shown = S_ISLNK(status.st_mode)   ? copy_link(top.get(), name)
                 : S_ISDIR(status.st_mode) ? show_folder(top.get(), status, name)
                                           : show_file(top.get(), name);
    if (shown) return shown;
    return std::move(shown).error().within("cannot show the image's /" + name);
  }

  ImageMounts take() && { return std::move(shown_); }

 private:
  Result<void> copy_link(int link, const std::string& name) const {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlinkat(link, "", target.data(), target.size() - 1);
    if (size < 0) return Error::from_errno("cannot read the link", errno);
    if (size == 0) return {};  // it leads nowhere, and cannot be made
    if (::symlinkat(target.data(), shown_.root(), name.c_str()) == 0) return {};
    return Error::from_errno("cannot make the link", errno);
  }

  Result<void> show_folder(int folder, const struct stat& status, const std::string& name) {
    const bool lacks = lacking_.contains(name);
    const bool stays_empty = is_covered(name, binds_) || is_plain(folder, status);
    const mode_t mode = stays_empty ? status.st_mode & 01777 : 0755;
    if (::mkdirat(shown_.root(), name.c_str(), mode) != 0)
      return Error::from_errno("cannot make the folder", errno);
    if (stays_empty) return {};
    TRY_ASSIGN(auto mount, clone_tree(folder, read_only(nosuid_nodev())));
    if (lacks) {
      TRY_ASSIGN(mount, put_layer_over(mount.get(), staging_, next_layer_++, CopyUp::whole, by_));
    }
    return add(std::move(mount), name);
  }

  Result<void> show_file(int file, const std::string& name) {
    const UniqueFd made(
        ::openat(shown_.root(), name.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!made) return Error::from_errno("cannot make the file", errno);
    TRY_ASSIGN(auto mount, clone_tree(file, read_only(nosuid_nodev())));
    return add(std::move(mount), name);
  }

  Result<void> add(UniqueFd mount, const std::string& name) {
    TRY(attach_at(mount.get(), shown_.root(), name.c_str()));
    shown_.add_part(name, std::move(mount));
    return {};
  }

  int image_;
  const Staging& staging_;
  const LackingTops& lacking_;
  const std::vector<Bind>& binds_;
  MountedBy by_;
  ImageMounts shown_;
  unsigned next_layer_{lowest_layer};
};

/// A folder of the staging's with the image's owner and mode, attached over `place`.
Result<UniqueFd> make_root(int image, const Staging& staging, int place) {
  constexpr char name[] = "mirror";
  struct stat status {};
  if (::fstat(image, &status) != 0) return Error::from_errno("cannot stat the image's root", errno);
  TRY_ASSIGN(const auto folder, staging.new_folder(name));
  if (::fchownat(staging.fd(), name, status.st_uid, status.st_gid, 0) != 0 ||
      ::fchmodat(staging.fd(), name, status.st_mode & 07777, 0) != 0)
    return Error::from_errno("cannot prepare " + staging.path_of(name), errno);
  TRY_ASSIGN(auto root, clone_tree(folder.get(), nosuid_nodev()));
  TRY(attach(root.get(), place));
  return root;
}

}  // namespace

LackingTops tops_that_lack(const ImageMounts& image, const std::vector<Bind>& binds) {
  LackingTops lacking;
  for (const auto& bind : binds) {
    auto way = image.find(bind.destination);
    if (way.end == Way::End::missing) lacking.insert(std::move(way.top));
  }
  return lacking;
}

Result<std::optional<ImageMounts>> mirror_root(int image, const Staging& staging, int place,
                                               const LackingTops& lacking,
                                               const std::vector<Bind>& binds, MountedBy by) {
  auto names = names_in(image, most_tops + 1);
  if (!names) return std::move(names).error().within("cannot read the image's root folder");
  if (names->size() > most_tops) return std::optional<ImageMounts>();
  // Before Linux 6.15 nothing can be cloned out of a detached mount.
  TRY_ASSIGN(const auto whole, staging.new_folder("whole"));
  TRY(attach(image, whole.get()));
  TRY_ASSIGN(auto root, make_root(image, staging, place));
  Mirror mirror(image, staging, lacking, binds, by, std::move(root));
  for (const auto& name : *names) TRY(mirror.show(name));
  return std::optional(std::move(mirror).take());
}

}  // namespace chainer
