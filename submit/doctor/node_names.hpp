// Names of nodes, as Slurm folds them.
#pragma once

#include <string>
#include <vector>

namespace chainer::doctor {

/// {"n1", "n2", "n3", "n7", "login"} as "login,n[1-3,7]": sorted, numbers by their
/// value, and n08 to n10 as "n[08-10]". What is there twice is named once.
std::string folded(const std::vector<std::string>& names);

}  // namespace chainer::doctor
