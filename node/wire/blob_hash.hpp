// SHA-256 by OpenSSL, for those who hash every byte of an image.
//
// Measured, it is 1.3 times as fast as core/sha256 on a processor with SHA instructions, and 1.8
// times on one without. The plugin and chainer-submit use the other all the same: the plugin must
// bring no crypto library into Slurm, and a command starts sooner without one.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string_view>

#include "core/digest.hpp"

namespace chainer::wire {

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

}  // namespace chainer::wire
