// An image that is asked about by its reference.
#pragma once

#include <string>
#include <vector>

#include "core/image_ref.hpp"
#include "core/result.hpp"
#include "node/source/image_source.hpp"

namespace chainer::commands {

/// The image, and the registries that may be asked for it.
struct NamedImage {
  ImageRef reference;
  std::vector<source::RegistryAccess> registries;
};

/// `auth_file` may be empty.
Result<NamedImage> named_image(const std::string& reference, const std::string& auth_file);

}  // namespace chainer::commands
