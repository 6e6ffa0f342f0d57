// Folders of root's own, which the plugin makes where they are missing.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "core/byte_size.hpp"
#include "core/container/staging.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// The folder (O_PATH), reached only through what is root's; made with this mode where it is
/// missing. An error where others than root can change it, or what leads to it.
Result<UniqueFd> own_folder(const std::string& folder, mode_t mode);

enum class Missing { stays_so, is_made };

/// The folder (O_PATH, 0700) as a file system of its own, whose mounts reach no other namespace: a
/// mount that a service's namespace also got would be held until that service ends. Where it is
/// made, the caller holds a lock.
Result<UniqueFd> own_file_system(const std::string& folder, ByteSize size, Missing missing);

/// A lock of root's in a folder of root's, which no user can hold; nothing where another step does
/// not give it back within half a second.
std::optional<UniqueFd> take_roots_lock(int folder, const char* name);

/// Where a container's root is put together, below the plugin's folder on the node, in a tmpfs of
/// this size.
Result<Staging> staging_below(const std::string& run_dir, ByteSize size);

}  // namespace chainer
