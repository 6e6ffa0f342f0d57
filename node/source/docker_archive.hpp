// Images from `docker save`: a tar file with manifest.json, configs and plain layers.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "node/source/image_source.hpp"

namespace chainer::source {

/// What manifest.json says about one image.
struct DockerArchiveImage {
  std::string config;               ///< member
  std::vector<std::string> names;   ///< RepoTags
  std::vector<std::string> layers;  ///< members, bottom first
};

Result<std::vector<DockerArchiveImage>> parse_docker_archive_manifest(std::string_view text);

/// The image that a name means; the only one when the name is empty. A name without a tag is
/// `latest`.
Result<DockerArchiveImage> choose_named(const std::vector<DockerArchiveImage>& images,
                                        const std::string& name, const std::string& where);

class DockerArchiveSource : public ImageSource {
 public:
  DockerArchiveSource(std::string file, std::string name, std::optional<Digest> digest)
      : file_(std::move(file)), name_(std::move(name)), digest_(digest) {}

  Result<ResolvedImage> resolve(const std::optional<Digest>& pinned) override;
  /// Layers are sent unpacked, however the archive holds them: a diff_id is that of the plain tar.
  Result<void> send_blobs(const wire::SendRequest& request, BlobSink& sink) override;

 private:
  std::string file_;
  std::string name_;
  std::optional<Digest> digest_;             ///< what the reference itself is pinned to
  std::map<Digest, std::string> members_{};  ///< of the layers, by diff_id
};

}  // namespace chainer::source
