// Images of a Docker engine on this machine.
#pragma once

#include <memory>
#include <string>

#include "core/image_ref.hpp"
#include "core/unique_fd.hpp"
#include "node/source/docker_archive.hpp"
#include "node/source/docker_engine.hpp"
#include "node/source/tree_notes.hpp"

namespace chainer::source {

/// What the engine saves is a docker archive, and read as one. It is saved only when the image's
/// configuration is not known yet, or when the store asks for its layers.
class DockerDaemonSource : public ImageSource {
 public:
  DockerDaemonSource(DockerEngine engine, DockerDaemonRef reference, TreeNotes notes)
      : engine_(std::move(engine)), reference_(std::move(reference)), notes_(std::move(notes)) {}

  Result<ResolvedImage> resolve(const std::optional<Digest>& pinned) override;
  Result<void> send_blobs(const wire::SendRequest& request, BlobSink& sink) override;

 private:
  Result<ResolvedImage> save_and_resolve(const std::optional<Digest>& wanted);

  DockerEngine engine_;
  DockerDaemonRef reference_;
  TreeNotes notes_;
  std::optional<Digest> wanted_{};
  UniqueFd file_{};
  std::unique_ptr<DockerArchiveSource> archive_{};
};

}  // namespace chainer::source
