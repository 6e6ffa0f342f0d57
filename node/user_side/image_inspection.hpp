// A look into an image without preparing it: which programs it holds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "core/image_ref.hpp"
#include "core/result.hpp"
#include "node/source/image_source.hpp"
#include "node/user_side/image_contents.hpp"

namespace chainer::user_side {

/// What is looked for: a look ends as soon as it is found.
enum class Wanted { python, python_and_mpi };

struct LookLimits {
  std::uint64_t bytes{0};  ///< of layers that are downloaded
  std::chrono::seconds time{0};
};

struct InspectedImage {
  Digest digest;
  ImagePrograms programs;
  /// The layers that were not read, or not to their end, while something was still missing: what is
  /// not in `programs` may be there.
  std::size_t unread_layers{0};
  std::uint64_t unread_bytes{0};  ///< as they are downloaded; 0 where nothing says it

  std::string to_json() const;
  std::string to_text() const;
};

/// Reads layers until all is found, small ones first; nothing is written. A layer that does not fit
/// into what is left of the limit is passed over.
Result<InspectedImage> inspect_image(const ImageRef& reference,
                                     std::vector<source::RegistryAccess> registries, Wanted wanted,
                                     LookLimits limits);

}  // namespace chainer::user_side
