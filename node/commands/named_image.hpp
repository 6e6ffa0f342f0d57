// An image that is asked about by its reference.
#pragma once

#include <string>

#include "core/image_ref.hpp"
#include "core/result.hpp"
#include "node/source/image_source.hpp"

namespace chainer::commands {

/// The image, and the login for its registry.
struct NamedImage {
  ImageRef reference;
  source::FoundCredentials credentials;
};

/// `auth_file` may be empty.
Result<NamedImage> named_image(const std::string& reference, const std::string& auth_file);

}  // namespace chainer::commands
