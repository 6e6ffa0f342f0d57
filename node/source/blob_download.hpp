// Several blobs at once from a registry, each resumed where it broke off.
#pragma once

#include "core/result.hpp"
#include "node/source/blob_sink.hpp"
#include "node/source/registry_client.hpp"
#include "node/wire/protocol.hpp"

namespace chainer::source {

inline constexpr std::size_t parallel_downloads = 4;

/// Downloads every blob of the request into the sink, at most `parallel_downloads` at a time and in
/// the request's order. The error is ECANCELED when the sink interrupted.
Result<void> download_blobs(RegistryClient& registry, const wire::SendRequest& request,
                            BlobSink& sink);

}  // namespace chainer::source
