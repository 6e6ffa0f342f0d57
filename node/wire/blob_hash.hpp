// SHA-256 by OpenSSL, fast on every processor; core/sha256 is so only where there are SHA
// instructions.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string_view>

#include "core/digest.hpp"

namespace chainer {

class BlobHash {
 public:
  BlobHash();
  void update(std::string_view bytes);
  /// The digest of all bytes so far; the hash is spent.
  Digest finish();

  static Digest of(std::string_view bytes);

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace chainer
