// Images from an OCI layout: a directory with oci-layout, index.json and blobs/sha256/.
#pragma once

#include <string>

#include "node/image/manifest.hpp"
#include "node/source/image_source.hpp"

namespace chainer::source {

/// The item of an index.json that a tag (or, when it is empty, the only item) means.
Result<image::ImageIndex::Item> choose_tagged(const image::ImageIndex& index,
                                              const std::string& tag, const std::string& where);

/// Reads the blobs of a layout; a directory and an archive do it differently.
class OciBlobs {
 public:
  virtual ~OciBlobs() = default;
  virtual Result<std::string> read_index() = 0;
  /// A small blob as a whole, not yet checked.
  virtual Result<std::string> read_blob(const Digest& digest, std::size_t limit) = 0;
  virtual Result<void> send_blobs(const wire::SendRequest& request, BlobSink& sink) = 0;
};

class OciLayoutSource : public ImageSource {
 public:
  OciLayoutSource(std::unique_ptr<OciBlobs> blobs, std::string where, std::string tag,
                  std::optional<Digest> digest)
      : blobs_(std::move(blobs)), where_(std::move(where)), tag_(std::move(tag)), digest_(digest) {}

  Result<ResolvedImage> resolve(const std::optional<Digest>& pinned) override;
  Result<void> send_blobs(const wire::SendRequest& request, BlobSink& sink) override {
    return blobs_->send_blobs(request, sink);
  }

 private:
  Result<std::string> read_checked(const Digest& digest);

  std::unique_ptr<OciBlobs> blobs_;
  std::string where_;
  std::string tag_;
  std::optional<Digest> digest_;  ///< what the reference itself is pinned to
};

/// The blobs of the layout in a directory.
class OciDirectory : public OciBlobs {
 public:
  explicit OciDirectory(std::string directory) : directory_(std::move(directory)) {}

  Result<std::string> read_index() override;
  Result<std::string> read_blob(const Digest& digest, std::size_t limit) override;
  Result<void> send_blobs(const wire::SendRequest& request, BlobSink& sink) override;

 private:
  std::string blob_path(const Digest& digest) const;
  std::string directory_;
};

}  // namespace chainer::source
