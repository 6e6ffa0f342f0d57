// Programs of ours that steps start on nodes.
#pragma once

#include <string>

namespace chainer::cli {

/// The path of a program on the nodes: in the same place as here, in `folder_of_build` beside this
/// program's in a build tree, or where packages put it.
std::string find_on_nodes(const std::string& program, const std::string& folder_of_build);

}  // namespace chainer::cli
