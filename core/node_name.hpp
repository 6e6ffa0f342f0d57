// What this machine is called.
#pragma once

#include <string>

namespace chainer {

/// Slurm's name of this node inside of a job, else the host's without its domain, which is what
/// Slurm calls it on most sites.
std::string name_of_this_node();

}  // namespace chainer
