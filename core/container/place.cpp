#include "core/container/place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "core/take_part.hpp"

namespace chainer {

std::string name_of_place(int place) {
  std::array<char, PATH_MAX> name{};
  const auto link = "/proc/self/fd/" + std::to_string(place);
  const ssize_t size = ::readlink(link.c_str(), name.data(), name.size());
  if (size <= 0 || static_cast<std::size_t>(size) == name.size()) return {};
  return {name.data(), static_cast<std::size_t>(size)};
}

std::optional<PlaceStatus> status_of_place(int place) {
  struct statx status {};
  constexpr unsigned wanted = STATX_TYPE | STATX_MODE | STATX_UID;
  if (::statx(place, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, wanted, &status) != 0 ||
      (status.stx_mask & wanted) != wanted) {
    return std::nullopt;
  }
  return PlaceStatus{status.stx_mode, status.stx_uid};
}

bool is_folder(int place) {
  const auto status = status_of_place(place);
  return status && S_ISDIR(status->mode);
}

std::optional<std::uint64_t> mount_of_place(int place) {
  struct statx status {};
  if (::statx(place, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) != 0 ||
      (status.stx_mask & STATX_MNT_ID) == 0) {
    return std::nullopt;
  }
  return status.stx_mnt_id;
}

bool is_mounted_by_a_user(std::uint64_t mount, std::string_view mountinfo) {
  const std::string start = std::to_string(mount) + " ";
  while (!mountinfo.empty()) {
    const auto line = take_line(mountinfo);
    if (!line.starts_with(start)) continue;
    // "36 35 98:0 /root /mount/point rw,noatime master:1 - TYPE SOURCE OPTIONS": no field has a
    // blank or a line feed of its own, the kernel writes them as \040 and \012.
    constexpr std::string_view separator = " - ";
    const auto type = line.find(separator);
    if (type == std::string_view::npos) return true;
    const auto rest = line.substr(type + separator.size());
    if (!rest.starts_with("fuse")) return false;
    const std::string options = "," + std::string(rest.substr(rest.find_last_of(' ') + 1)) + ",";
    return options.find(",user_id=0,") == std::string::npos;
  }
  return true;
}

}  // namespace chainer
