// A squashfs file's contents as ordinary files, for machines where nothing can mount it for a user.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/result.hpp"

namespace chainer::rootless {

/// Unpacks `file` into the new folder `folder`. All of it belongs to this account, which can read
/// and remove it; apart from that, modes and times are the image's own. Devices and sockets are
/// left out. `on_start` gets the number of bytes that there will be.
Result<void> unpack_squashfs(const std::string& file, const std::string& folder,
                             const std::function<void(std::uint64_t bytes)>& on_start);

}  // namespace chainer::rootless
