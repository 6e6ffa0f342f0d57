#include "node/source/tree_source.hpp"

#include "core/json/json_text.hpp"
#include "node/wire/blob_hash.hpp"
#include "node/wire/frame.hpp"

namespace chainer::source {
namespace {

std::string document_of(const TreeSettings& settings, const Digest& layer) {
  return json_line(
      nlohmann::json{{"config",
                      {{"Env", settings.environment},
                       {"WorkingDir", settings.working_directory},
                       {"Entrypoint", settings.entrypoint}}},
                     {"rootfs", {{"type", "layers"}, {"diff_ids", {layer.to_string()}}}}});
}

}  // namespace

Result<ResolvedImage> TreeSource::resolve(const std::optional<Digest>& pinned) {
  const auto wanted = pinned ? pinned : digest_;
  // Found by the digest alone where one is given: what is sent must then match it.
  auto document = wanted ? notes_.document(*wanted) : std::nullopt;
  if (!document) {
    TRY_ASSIGN(document, document_now());
  }
  const auto digest = wire::BlobHash::of(*document);
  if (wanted && digest != *wanted) return changed(digest, *wanted);
  return ResolvedImage{*std::move(document), wire::Visibility::owner, digest, tree_->remark()};
}

/// What was found out before counts where nothing has changed since, and nothing was left to say.
Result<std::string> TreeSource::document_now() {
  const auto stamp = tree_->stamp();
  if (const auto digest = stamp ? notes_.digest_of(*stamp) : std::nullopt) {
    if (auto document = notes_.document(*digest)) return *std::move(document);
  }
  TRY_ASSIGN(auto document, make_document());
  const auto digest = wire::BlobHash::of(document);
  notes_.keep_document(digest, document);
  if (stamp && tree_->remark().empty()) notes_.keep_digest(*stamp, digest);
  return document;
}

Result<std::string> TreeSource::make_document() {
  wire::BlobHash hash;
  const archive::Sink digest_all = [&](std::string_view bytes) -> Result<void> {
    hash.update(bytes);
    return {};
  };
  TRY(tree_->write_tar(digest_all));
  return document_of(settings_of(*tree_, settings_), hash.finish());
}

Result<void> TreeSource::send_blobs(const wire::SendRequest& request, BlobSink& sink) {
  if (request.blobs.size() != 1)
    return wire::nonsense_of(wire::Peer::stores_side, "asked for layers of another image");
  wire::BlobHash hash;
  const archive::Sink send = [&](std::string_view bytes) -> Result<void> {
    hash.update(bytes);
    while (!bytes.empty()) {
      const auto piece = bytes.substr(0, wire::data_frame_size);
      TRY(sink.data(0, piece));
      bytes.remove_prefix(piece.size());
    }
    return {};
  };
  TRY(tree_->write_tar(send));
  const auto got = hash.finish();
  if (got != request.blobs.front().digest) {
    return Error{name_ + " is not what it was when its digest was taken",
                 "leave it as it is while jobs that use it start, and submit again", 0,
                 Fault::user};
  }
  return sink.end(0);
}

Error TreeSource::changed(const Digest& got, const Digest& wanted) const {
  return {name_ + " now has the image " + got.to_string() + " instead of " + wanted.to_string(),
          "submit again: it was changed after the job was submitted", 0, Fault::user};
}

}  // namespace chainer::source
