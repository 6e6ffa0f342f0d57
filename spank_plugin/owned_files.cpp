#include "spank_plugin/owned_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "core/folder_names.hpp"
#include "core/image_owners.hpp"
#include "core/open_beneath.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

bool exists(int image, const std::string& path) {
  return static_cast<bool>(UniqueFd(open_on_one_mount(image, path.c_str(), O_PATH | O_CLOEXEC)));
}

/// Goes folder by folder and by path, without recursion: a tree may be deeper than there are
/// descriptors.
class Walk {
 public:
  Walk(const Account& account, int root) : account_(account), root_(root) {}

  Result<void> run() {
    TRY(give(root_, "", ""));
    while (!folders_.empty()) {
      const std::string path = std::move(folders_.back());
      folders_.pop_back();
      TRY(visit(path));
    }
    return {};
  }

 private:
  Result<void> visit(const std::string& path) {
    const char* name = path.empty() ? "." : path.c_str();
    const UniqueFd folder(open_beneath(root_, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return Error::from_errno("cannot open the image's /" + path, errno);
    // All names are read before anything in the folder changes.
    const auto names = names_in(folder.get());
    if (!names) return Error(names.error()).within("cannot read the image's /" + path);
    for (const auto& entry : *names) {
      TRY(give(folder.get(), entry, path.empty() ? entry : path + "/" + entry));
    }
    return {};
  }

  /// Treats one file, or the folder itself where `name` is empty. Folders are visited later.
  Result<void> give(int folder, const std::string& name, const std::string& path) {
    constexpr int itself = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
    struct stat status {};
    if (::fstatat(folder, name.c_str(), &status, itself) != 0)
      return Error::from_errno("cannot stat the image's /" + path, errno);
    if (S_ISDIR(status.st_mode)) folders_.push_back(path);
    const bool gives_user = status.st_uid == 0 && account_.uid != 0;
    const bool gives_group = status.st_gid == 0 && account_.gid != 0;
    if (!gives_user && !gives_group) return {};
    constexpr auto unchanged = static_cast<uid_t>(-1);
    if (::fchownat(folder, name.c_str(), gives_user ? account_.uid : unchanged,
                   gives_group ? account_.gid : unchanged, itself) != 0)
      return Error::from_errno("cannot give the user the image's /" + path, errno);
    return {};
  }

  const Account& account_;
  int root_;
  std::vector<std::string> folders_{};
};

}  // namespace

bool may_hold_files_of(const Account& account, int image) {
  if (!exists(image, image_owners_folder)) return true;
  return exists(image, note_of_user(account.uid)) || exists(image, note_of_group(account.gid));
}

Result<void> give_roots_files_to(const Account& account, int root) {
  return Walk(account, root).run();
}

}  // namespace chainer
