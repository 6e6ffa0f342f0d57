#include "node/source/docker_daemon.hpp"

namespace chainer::source {

Result<ResolvedImage> DockerDaemonSource::resolve(const std::optional<Digest>& pinned) {
  const auto wanted = pinned ? pinned : reference_.digest;
  TRY_ASSIGN(const auto id, engine_.image_id(reference_.reference));
  // An engine that keeps images in containerd has a manifest's digest as the id; nothing is noted
  // here under such a digest.
  if (auto document = notes_.document(id); document && (!wanted || *wanted == id)) {
    wanted_ = id;
    return ResolvedImage{*std::move(document), wire::Visibility::owner, id};
  }
  return save_and_resolve(wanted);
}

Result<ResolvedImage> DockerDaemonSource::save_and_resolve(const std::optional<Digest>& wanted) {
  TRY_ASSIGN(file_, engine_.save(reference_.reference));
  archive_ = std::make_unique<DockerArchiveSource>("/proc/self/fd/" + std::to_string(file_.get()),
                                                   "", std::nullopt);
  auto image = archive_->resolve(std::nullopt);
  const auto name = "docker-daemon:" + reference_.reference;
  if (!image) return std::move(image).error().within("cannot read what the Docker engine saved");
  if (wanted && image->digest != *wanted) {
    return Error{name + " is now the image " + image->digest.to_string() + " instead of " +
                     wanted->to_string(),
                 "submit again: the engine's image was changed after the job was submitted", 0,
                 Fault::user};
  }
  wanted_ = image->digest;
  notes_.keep_document(image->digest, image->document);
  return image;
}

Result<void> DockerDaemonSource::send_blobs(const wire::SendRequest& request, BlobSink& sink) {
  if (!archive_) {
    TRY(save_and_resolve(wanted_));
  }
  return archive_->send_blobs(request, sink);
}

}  // namespace chainer::source
