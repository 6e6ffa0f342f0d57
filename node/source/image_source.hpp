// A place that images come from, seen by the user's side.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "core/image_ref.hpp"
#include "core/result.hpp"
#include "node/source/blob_sink.hpp"
#include "node/source/registry_access.hpp"
#include "node/wire/protocol.hpp"

namespace chainer::source {

/// An image for this machine's platform.
struct ResolvedImage {
  std::string document;  ///< the bytes of its manifest or config: kind_of_image says which
  wire::Visibility visibility{wire::Visibility::owner};
  Digest digest;         ///< of the document: the image's key
  std::string remark{};  ///< what the person should know about it; usually empty
};

class ImageSource {
 public:
  virtual ~ImageSource() = default;
  /// Finds the image; `pinned` is the digest that it must have, or whose index it must be in.
  virtual Result<ResolvedImage> resolve(const std::optional<Digest>& pinned) = 0;
  /// Sends every blob of the request, after resolve.
  virtual Result<void> send_blobs(const wire::SendRequest& request, BlobSink& sink) = 0;
};

/// The registries that may be asked for a reference's image, in order, each with what it may ask for;
/// none for images of other places. `auth_file` may be empty: the usual places are looked at. This may
/// start a program of the user's (a credential helper), so it comes before the process gives that up.
Result<std::vector<RegistryAccess>> registries_for(const ImageRef& reference,
                                                   const std::string& auth_file);

/// The source that a reference names.
Result<std::unique_ptr<ImageSource>> open_image_source(const ImageRef& reference,
                                                       std::vector<RegistryAccess> registries);

}  // namespace chainer::source
