// The files of an image that belong to the job's own user. --chainer-writable swaps the user's uid
// with root's, since the kernel cannot map two ids to one: root's files become the user's, and the
// user's own become root's. Here these are given back.
#pragma once

#include "core/result.hpp"
#include "spank_plugin/privileges.hpp"

namespace chainer {

/// Whether the image (a mount) may hold files of the account or its group, according to its notes;
/// true where it has none.
bool may_hold_files_of(const Account& account, int image);

/// Gives the account everything in `root`, a mount that nobody else sees yet, that belongs to uid 0
/// or gid 0. Looks at every file.
Result<void> give_roots_files_to(const Account& account, int root);

}  // namespace chainer
