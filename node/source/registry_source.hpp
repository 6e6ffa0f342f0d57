// Images from a registry, or from a mirror of it: the first that has the image sends all of it.
#pragma once

#include <vector>

#include "node/source/image_source.hpp"
#include "node/source/registry_client.hpp"

namespace chainer::source {

class RegistrySource : public ImageSource {
 public:
  /// One at least: the registry itself is the last, its mirrors stand before it.
  explicit RegistrySource(std::vector<RegistryAccess> registries)
      : registries_(std::move(registries)), client_(registries_.front()) {}

  Result<ResolvedImage> resolve(const std::optional<Digest>& pinned) override;
  Result<void> send_blobs(const wire::SendRequest& request, BlobSink& sink) override;

 private:
  Result<ResolvedImage> resolve_here(const std::optional<Digest>& pinned);
  Result<std::string> get_checked(const Digest& digest);

  std::vector<RegistryAccess> registries_;
  RegistryClient client_;  ///< of the one that is asked
};

}  // namespace chainer::source
