// Images from a registry.
#pragma once

#include "node/source/image_source.hpp"
#include "node/source/registry_client.hpp"

namespace chainer::source {

class RegistrySource : public ImageSource {
 public:
  explicit RegistrySource(RegistryClient client) : client_(std::move(client)) {}

  Result<ResolvedImage> resolve(const std::optional<Digest>& pinned) override;
  Result<void> send_blobs(const wire::SendRequest& request, BlobSink& sink) override;

 private:
  Result<std::string> get_checked(const Digest& digest);

  RegistryClient client_;
};

}  // namespace chainer::source
