// Which C library an image has: conda packages ask for a release of glibc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "node/builder/image_exec.hpp"

namespace chainer::builder {

/// The release of the image's glibc, such as "2.36", as its own loader or a tool beside it states.
/// The user's fault when the image has no glibc.
Result<std::string> glibc_of_image(ImageExec& exec);

/// The release in the first line that ld.so, getconf or ldd print; empty when there is none.
std::string glibc_release_in(std::string_view output);

}  // namespace chainer::builder
