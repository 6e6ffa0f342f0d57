// The config of an image that a source has resolved.
#pragma once

#include "core/result.hpp"
#include "core/store_entry.hpp"
#include "node/image/image_config.hpp"
#include "node/source/image_source.hpp"

namespace chainer::source {

/// Asks the source for the config where `document`, which is of this kind, is a manifest.
Result<image::ImageConfig> config_of(ImageSource& source, EntryKind kind,
                                     std::string_view document);

}  // namespace chainer::source
