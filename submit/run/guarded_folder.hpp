// Folders that no other account can exchange for its own, or write into.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer::run {

/// Opens the folder at `path` (absolute) for use with openat and the like. Every folder from the
/// root to it, itself included, and every link on the way must belong to root, to this process's
/// user or to `site_owner`; and a folder that others may write to must be sticky. Then nobody else
/// can put another thing under any of these names. The error says which one breaks the rule and
/// what to do.
Result<UniqueFd> open_guarded_folder(const std::string& path, uid_t site_owner);

/// Opens the folder `name` in `parent`, and makes it (mode 0700) where it is missing. It must be a
/// folder, not a link, that belongs to the user and that nobody else may write; `path` names it in
/// errors. What lies in it is then the user's own, as long as `parent` is guarded.
Result<UniqueFd> open_own_folder(int parent, const std::string& name, const std::string& path);

/// Whether the folder at `path` belongs to the user, and no other account but root can put another
/// under its name. What is written below it then lands nowhere else.
bool is_own_folder(const std::string& path);

/// Makes the folder `name` in `parent`, where it must not exist yet.
Result<UniqueFd> make_own_folder(int parent, const std::string& name, const std::string& path);

}  // namespace chainer::run
