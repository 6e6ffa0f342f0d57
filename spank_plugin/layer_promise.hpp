// The word of this node's slurmd that it removes a job's layers when the job ends.
//
// slurmd asks plugstack.conf once, when it starts, whether a plugin has something to do at the end
// of jobs. spank_chainer_epilog.so holds a lock from then on: a line that was written later, or
// that was taken away, is told from one that has effect.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// In slurmd: the promise lasts for as long as somebody holds the descriptor.
Result<UniqueFd> promise_to_remove_layers(const std::string& run_dir);

/// As root on the same node: an error where nobody promises it.
Result<void> check_layers_will_be_removed(const std::string& run_dir);

}  // namespace chainer
