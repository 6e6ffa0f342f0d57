#include "core/folder_names.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "core/unique_fd.hpp"

namespace chainer {
namespace {

struct CloseListing {
  void operator()(DIR* listing) const { ::closedir(listing); }
};

}  // namespace

Result<std::vector<std::string>> names_in(int folder, std::size_t most) {
  // Opened anew: the listing closes its descriptor. A folder that may be read and not entered cannot
  // be opened so.
  UniqueFd own(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const bool is_kept_out = !own && errno == EACCES;
  if (is_kept_out) own = UniqueFd(::fcntl(folder, F_DUPFD_CLOEXEC, 0));
  const std::unique_ptr<DIR, CloseListing> listing(own ? ::fdopendir(own.get()) : nullptr);
  // One that is open with O_PATH cannot be read then.
  if (!listing) return Error::from_errno("cannot read the folder", is_kept_out ? EACCES : errno);
  static_cast<void>(own.release());
  ::rewinddir(listing.get());

  std::vector<std::string> names;
  while (names.size() < most) {
    errno = 0;
    const dirent* entry = ::readdir(listing.get());
    if (entry == nullptr && errno == 0) break;
    if (entry == nullptr) return Error::from_errno("cannot read the folder", errno);
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

}  // namespace chainer
