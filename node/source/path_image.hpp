// An image that a person names by a path: a SIF file, a squashfs file or a folder, told apart by
// content.
#pragma once

#include "core/image_ref.hpp"
#include "node/source/image_source.hpp"

namespace chainer::source {

Result<std::unique_ptr<ImageSource>> open_path_image(const PathRef& reference);

}  // namespace chainer::source
