// What the kernel knows of an open place without asking the place's file system, which may never
// answer.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chainer {

/// The kernel's own name of a place, without a link; empty where it is too long.
std::string name_of_place(int place);

struct PlaceStatus {
  mode_t mode;
  uid_t owner;
};

/// Type, mode and owner as the kernel remembers them; nothing where it does not.
std::optional<PlaceStatus> status_of_place(int place);

bool is_folder(int place);

/// The number that /proc/self/mountinfo has for the place's mount; nothing where the kernel does
/// not say (before 5.8).
std::optional<std::uint64_t> mount_of_place(int place);

/// Whether a user made this mount, which only FUSE allows: what such a file system says about
/// owners and modes is only the user's word. Also true where this cannot be found out.
bool is_mounted_by_a_user(std::uint64_t mount, std::string_view mountinfo);

}  // namespace chainer
