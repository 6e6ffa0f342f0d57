#include "node/source/registry_source.hpp"

#include "node/image/manifest.hpp"
#include "node/source/blob_download.hpp"
#include "node/wire/blob_hash.hpp"

namespace chainer::source {

/// Gets a document by its digest, and checks that it has that digest.
Result<std::string> RegistrySource::get_checked(const Digest& digest) {
  TRY_ASSIGN(auto text, client_.get_manifest(digest.to_string()));
  if (const auto got = wire::BlobHash::of(text); got != digest) {
    return Error{"the registry " + client_.reference().host + " sent a manifest with the digest " +
                     got.to_string() + " for " + digest.to_string(),
                 "submit again; if it stays, tell who runs the registry", 0, Fault::try_again};
  }
  return text;
}

/// What mirrors said is told where the registry itself does not help either.
Result<ResolvedImage> RegistrySource::resolve(const std::optional<Digest>& pinned) {
  std::string mirrors;
  for (const auto& registry : registries_) {
    client_ = RegistryClient(registry);
    auto image = resolve_here(pinned);
    const bool is_last = &registry == &registries_.back();
    if (image || (is_last && mirrors.empty())) return image;
    if (is_last) {
      image.error().what += " (and before it" + mirrors + ")";
      return image;
    }
    mirrors += (mirrors.empty() ? ": " : "; ") + image.error().what;
  }
  return Error{"the image has no registry", "", 0, Fault::defect};
}

Result<ResolvedImage> RegistrySource::resolve_here(const std::optional<Digest>& pinned) {
  const auto& reference = client_.reference();
  const auto wanted = pinned ? pinned : reference.digest;
  TRY_ASSIGN(auto text, wanted ? get_checked(*wanted) : client_.get_manifest(reference.tag));
  for (int level = 0; level < image::most_index_levels; ++level) {
    TRY_ASSIGN(const auto document, image::parse_manifest(text));
    const auto* index = std::get_if<image::ImageIndex>(&document);
    if (index == nullptr) {
      const auto visibility =
          client_.used_credentials() ? wire::Visibility::owner : wire::Visibility::everyone;
      const auto digest = wire::BlobHash::of(text);
      return ResolvedImage{std::move(text), visibility, digest};
    }
    TRY_ASSIGN(const auto chosen, image::choose_platform(*index, image::Platform::ours()));
    TRY_ASSIGN(text, get_checked(chosen.digest));
  }
  return Error{"the registry " + reference.host + " nests the indexes of '" + reference.repository +
                   "' too deeply",
               "push the image again", 0, Fault::user};
}

Result<void> RegistrySource::send_blobs(const wire::SendRequest& request, BlobSink& sink) {
  return download_blobs(client_, request, sink);
}

}  // namespace chainer::source
