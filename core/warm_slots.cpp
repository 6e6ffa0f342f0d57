#include "core/warm_slots.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/fd_io.hpp"
#include "core/folder_names.hpp"
#include "core/trusted_path.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_record = 4096;
constexpr std::string_view record_version = "1";

/// Takes the next word, up to `separator`.
std::string_view next_word(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const auto word = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return word;
}

std::optional<std::uint64_t> number_of(std::string_view word) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (word.empty() || failure != std::errc() || end != word.data() + word.size()) return {};
  return number;
}

std::string in_slot(unsigned number, const char* name) {
  return std::to_string(number) + "/" + name;
}

std::vector<unsigned> numbers_in(int folder) {
  std::vector<unsigned> numbers;
  const auto names = names_in(folder);
  if (!names) return numbers;
  for (const auto& name : *names) {
    const auto number = number_of(name);
    if (number && *number <= 9999) numbers.push_back(static_cast<unsigned>(*number));
  }
  std::ranges::sort(numbers);
  return numbers;
}

}  // namespace

std::optional<EntryIdentity> EntryIdentity::of(int fd) {
  struct statx status {};
  constexpr unsigned wanted = STATX_INO | STATX_SIZE;
  if (::statx(fd, "", AT_EMPTY_PATH, wanted | STATX_BTIME, &status) != 0 ||
      (status.stx_mask & wanted) != wanted) {
    return std::nullopt;
  }
  constexpr std::uint64_t second = 1'000'000'000;
  const auto born =
      (status.stx_mask & STATX_BTIME) == 0
          ? 0
          : static_cast<std::uint64_t>(status.stx_btime.tv_sec) * second + status.stx_btime.tv_nsec;
  return EntryIdentity{status.stx_dev_major, status.stx_dev_minor, status.stx_ino, status.stx_size,
                       born};
}

std::string WarmSlot::record() const {
  std::string text(record_version);
  for (const auto value : {identity.device_major, identity.device_minor, identity.inode,
                           identity.bytes, identity.born, mounted_device}) {
    text += " " + std::to_string(value);
  }
  return text + "\n" + entry + "\n";
}

std::optional<WarmSlot> WarmSlot::parse(unsigned number, std::string_view record) {
  auto line = next_word(record, '\n');
  if (next_word(line, ' ') != record_version) return std::nullopt;
  std::array<std::uint64_t, 6> numbers{};
  for (auto& one : numbers) {
    const auto read = number_of(next_word(line, ' '));
    if (!read) return std::nullopt;
    one = *read;
  }
  const auto entry = next_word(record, '\n');
  if (!line.empty() || entry.empty() || !record.empty()) return std::nullopt;
  return WarmSlot{number,
                  {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]},
                  numbers[5],
                  std::string(entry)};
}

std::string warm_folder(const std::string& run_dir) { return run_dir + "/warm"; }

Result<std::optional<WarmSlots>> WarmSlots::existing(const std::string& run_dir) {
  const auto path = warm_folder(run_dir);
  TRY(check_only_root_can_change(path));
  UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder && errno == ENOENT) return std::optional<WarmSlots>();
  if (!folder) return Error::from_errno("cannot open " + path, errno);
  return std::optional(WarmSlots(std::move(folder), path));
}

std::vector<WarmSlot> WarmSlots::list() const {
  std::vector<WarmSlot> slots;
  for (const auto number : numbers_in(folder_.get())) {
    const UniqueFd record(::openat(folder_.get(), in_slot(number, "record").c_str(),
                                   O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    const auto text = record ? read_all(record.get(), largest_record) : Result<std::string>("");
    auto slot = text ? WarmSlot::parse(number, *text) : std::nullopt;
    struct stat status {};
    if (!slot || ::fstat(record.get(), &status) != 0) continue;
    slot->last_use = status.st_mtim;
    slots.push_back(*std::move(slot));
  }
  return slots;
}

Result<void> WarmSlots::assign(const WarmSlot& slot) const {
  drop(slot.number);
  for (const auto& name : {std::to_string(slot.number), in_slot(slot.number, "root")}) {
    if (::mkdirat(folder_.get(), name.c_str(), 0700) != 0 && errno != EEXIST)
      return Error::from_errno("cannot make " + path_ + "/" + name, errno);
  }
  const auto name = in_slot(slot.number, "record");
  const UniqueFd record(::openat(folder_.get(), name.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!record) return Error::from_errno("cannot make " + path_ + "/" + name, errno);
  return write_all(record.get(), slot.record());
}

Result<UniqueFd> WarmSlots::open_root(unsigned number) const {
  const auto name = in_slot(number, "root");
  UniqueFd root(
      ::openat(folder_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root) return Error::from_errno("cannot open " + path_ + "/" + name, errno);
  return root;
}

void WarmSlots::touch(unsigned number) const {
  ::utimensat(folder_.get(), in_slot(number, "record").c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

void WarmSlots::drop(unsigned number) const {
  // The record first: a mount without one is nobody's, and is removed when its place is taken next.
  ::unlinkat(folder_.get(), in_slot(number, "record").c_str(), 0);
  const auto root = path_ + "/" + in_slot(number, "root");
  while (::umount2(root.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
  }
}

}  // namespace chainer
