// The blobs of an OCI layout in a tar file.
#pragma once

#include <string>

#include "node/source/oci_layout.hpp"

namespace chainer::source {

class OciArchive : public OciBlobs {
 public:
  explicit OciArchive(std::string file) : file_(std::move(file)) {}

  Result<std::string> read_index() override;
  Result<std::string> read_blob(const Digest& digest, std::size_t limit) override;
  /// In one pass over the file, in the file's order.
  Result<void> send_blobs(const wire::SendRequest& request, BlobSink& sink) override;

 private:
  std::string file_;
};

}  // namespace chainer::source
