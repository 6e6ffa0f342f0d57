// Names for folders that everybody may write.
#pragma once

#include <string>

#include "core/result.hpp"

namespace chainer {

/// A number that nobody knows beforehand: in /tmp and the like another account could take a
/// predictable name first, and keep us from it.
Result<std::string> unguessable_name();

}  // namespace chainer
