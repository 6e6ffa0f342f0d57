#include "core/warm_slots.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "core/take_part.hpp"

namespace chainer {
namespace {

constexpr std::string_view record_version = "1";

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
  auto line = take_line(record);
  if (take_part(line, ' ') != record_version) return std::nullopt;
  std::array<std::uint64_t, 6> numbers{};
  for (auto& one : numbers) {
    const auto read = number_of(take_part(line, ' '));
    if (!read) return std::nullopt;
    one = *read;
  }
  const auto entry = take_line(record);
  if (!line.empty() || entry.empty() || !record.empty()) return std::nullopt;
  return WarmSlot{number,
                  {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]},
                  numbers[5],
                  std::string(entry)};
}

std::string warm_folder(const std::string& run_dir) { return run_dir + "/warm"; }

Result<std::optional<WarmSlots>> WarmSlots::existing(const std::string& run_dir) {
  TRY_ASSIGN(auto places, KeptMounts::existing(warm_folder(run_dir)));
  if (!places) return std::optional<WarmSlots>();
  return std::optional(WarmSlots(*std::move(places)));
}

std::vector<WarmSlot> WarmSlots::list() const {
  std::vector<WarmSlot> slots;
  for (const auto& record : places_.records()) {
    auto slot = WarmSlot::parse(record.number, record.text);
    if (!slot) continue;
    slot->last_use = record.last_use;
    slots.push_back(*std::move(slot));
  }
  return slots;
}

}  // namespace chainer
