// A registry that an image may be had from, and what there is to show it.
#pragma once

#include "core/image_ref.hpp"
#include "node/source/auth_file.hpp"

namespace chainer::source {

struct RegistryAccess {
  RegistryRef image;  ///< as this registry calls it
  FoundCredentials credentials;
};

}  // namespace chainer::source
