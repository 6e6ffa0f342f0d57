#include "node/sha256.hpp"

#include <cstdlib>

namespace chainer {
namespace {

/// Fails only without memory or without SHA-256: there is nothing to go on with.
void must(int status) {
  if (status != 1) std::abort();
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  must(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Sha256::update(std::string_view bytes) {
  must(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

Digest Sha256::finish() {
  Digest::Bytes bytes{};
  must(EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr));
  return Digest::from_bytes(bytes);
}

Digest Sha256::of(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace chainer
