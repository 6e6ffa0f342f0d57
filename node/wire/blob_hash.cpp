#include "node/wire/blob_hash.hpp"

#include <cstdlib>

namespace chainer::wire {
namespace {

/// Fails only without memory or without SHA-256: there is nothing to go on with.
void must(int status) {
  if (status != 1) std::abort();
}

}  // namespace

BlobHash::BlobHash() : context_(EVP_MD_CTX_new()) {
  must(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void BlobHash::update(std::string_view bytes) {
  must(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

Digest BlobHash::finish() {
  Digest::Bytes bytes{};
  must(EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr));
  return Digest::from_bytes(bytes);
}

Digest BlobHash::of(std::string_view bytes) {
  BlobHash hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace chainer::wire
