#include "spank_plugin/root_pieces.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string_view>

#include "core/folder_names.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

bool is_the_kernels(std::string_view name) {
  constexpr std::string_view file_systems[] = {"dev", "proc", "sys"};
  return std::ranges::find(file_systems, name) != std::end(file_systems);
}

class Pieces {
 public:
  Pieces(const std::string& root, const std::string& own) : root_(root), own_(own) {}

  Result<void> add(const std::string& name) {
    struct stat status {};
    if (::lstat((root_ + "/" + name).c_str(), &status) != 0) return failed("read", name);
    if (S_ISLNK(status.st_mode)) return copy_link(name);
    TRY(make_place(name, S_ISDIR(status.st_mode)));
    if (!is_the_kernels(name)) binds_.push_back({root_ + "/" + name, "/" + name});
    return {};
  }

  std::vector<RuntimeBind> take() && {
    binds_.push_back({"/dev", "/dev"});
    return std::move(binds_);
  }

 private:
  static Error failed(const char* verb, const std::string& name) {
    return Error::from_errno(std::string("cannot ") + verb + " the container's /" + name, errno);
  }

  Result<void> copy_link(const std::string& name) const {
    std::array<char, PATH_MAX> target{};
    if (::readlink((root_ + "/" + name).c_str(), target.data(), target.size() - 1) < 0 ||
        ::symlink(target.data(), (own_ + "/" + name).c_str()) != 0)
      return failed("copy", name);
    return {};
  }

  Result<void> make_place(const std::string& name, bool is_folder) const {
    const auto path = own_ + "/" + name;
    const bool made = is_folder ? ::mkdir(path.c_str(), 0755) == 0
                                : ::mknod(path.c_str(), S_IFREG | 0644, 0) == 0;
    if (!made) return failed("make", name);
    return {};
  }

  const std::string& root_;
  const std::string& own_;
  std::vector<RuntimeBind> binds_{};
};

}  // namespace

Result<std::vector<RuntimeBind>> lay_pieces_out(const std::string& root, const std::string& own) {
  const UniqueFd folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return Error::from_errno("cannot open the container's root", errno);
  if (::mkdir(own.c_str(), 0755) != 0) return Error::from_errno("cannot make " + own, errno);
  TRY_ASSIGN(const auto names, names_in(folder.get()));
  Pieces pieces(root, own);
  for (const auto& name : names) TRY(pieces.add(name));
  return std::move(pieces).take();
}

}  // namespace chainer
