#include "core/kept_mounts.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "core/fd_io.hpp"
#include "core/folder_names.hpp"
#include "core/trusted_path.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_record = 4096;

std::string in_number(unsigned number, const char* name) {
  return std::to_string(number) + "/" + name;
}

}  // namespace

std::optional<std::uint64_t> number_of(std::string_view word) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (word.empty() || failure != std::errc() || end != word.data() + word.size()) return {};
  return number;
}

Result<std::optional<KeptMounts>> KeptMounts::existing(const std::string& path) {
  TRY(check_only_root_can_change(path));
  UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder && errno == ENOENT) return std::optional<KeptMounts>();
  if (!folder) return Error::from_errno("cannot open " + path, errno);
  return std::optional(KeptMounts(std::move(folder), path));
}

std::vector<unsigned> KeptMounts::numbers() const {
  std::vector<unsigned> numbers;
  const auto names = names_in(folder_.get());
  if (!names) return numbers;
  for (const auto& name : *names) {
    const auto number = number_of(name);
    if (number && *number <= 9999) numbers.push_back(static_cast<unsigned>(*number));
  }
  std::ranges::sort(numbers);
  return numbers;
}

std::vector<KeptMounts::Record> KeptMounts::records() const {
  std::vector<Record> records;
  for (const auto number : numbers()) {
    const UniqueFd file(::openat(folder_.get(), in_number(number, "record").c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    auto text = file ? read_all(file.get(), largest_record) : Result<std::string>(Error{""});
    struct stat status {};
    if (!text || ::fstat(file.get(), &status) != 0) continue;
    records.push_back({number, *std::move(text), status.st_mtim});
  }
  return records;
}

Result<void> KeptMounts::assign(unsigned number, std::string_view record) const {
  drop(number);
  for (const auto& name : {std::to_string(number), in_number(number, "root")}) {
    if (::mkdirat(folder_.get(), name.c_str(), 0700) != 0 && errno != EEXIST)
      return Error::from_errno("cannot make " + path_ + "/" + name, errno);
  }
  const auto name = in_number(number, "record");
  const UniqueFd file(::openat(folder_.get(), name.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return Error::from_errno("cannot make " + path_ + "/" + name, errno);
  return write_all(file.get(), record);
}

Result<UniqueFd> KeptMounts::open_root(unsigned number) const {
  const auto name = in_number(number, "root");
  UniqueFd root(
      ::openat(folder_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root) return Error::from_errno("cannot open " + path_ + "/" + name, errno);
  return root;
}

std::optional<UniqueFd> KeptMounts::open_mount(unsigned number, std::uint64_t device) const {
  auto root = open_root(number);
  struct stat status {};
  if (!root || ::fstat(root->get(), &status) != 0 || status.st_dev != device) return std::nullopt;
  return *std::move(root);
}

void KeptMounts::touch(unsigned number) const {
  ::utimensat(folder_.get(), in_number(number, "record").c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

void KeptMounts::drop(unsigned number) const {
  // The record first: a mount without one is nobody's, and is removed when its place is taken next.
  ::unlinkat(folder_.get(), in_number(number, "record").c_str(), 0);
  const auto root = path_ + "/" + in_number(number, "root");
  while (::umount2(root.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
  }
}

void KeptMounts::remove_all() const {
  for (const auto number : numbers()) {
    drop(number);
    ::unlinkat(folder_.get(), in_number(number, "root").c_str(), AT_REMOVEDIR);
    ::unlinkat(folder_.get(), std::to_string(number).c_str(), AT_REMOVEDIR);
  }
}

}  // namespace chainer
