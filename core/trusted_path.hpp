// Whether others than root can change what lies at a path. Root, and every user of a node, relies
// on what the site's paths hold.
#pragma once

#include <string>

#include "core/result.hpp"

namespace chainer {

/// An error that names the folder or file on the way to `path`, or `path` itself, that others than
/// root own or can write to. Sticky folders such as /tmp are allowed on the way: nobody can replace
/// there what is root's. Symlinks are followed where root made them. What is not there is no error:
/// whoever needs it will say so.
Result<void> check_only_root_can_change(const std::string& path);

}  // namespace chainer
