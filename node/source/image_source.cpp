#include "node/source/image_source.hpp"

#include "node/source/docker_archive.hpp"
#include "node/source/docker_daemon.hpp"
#include "node/source/oci_archive.hpp"
#include "node/source/oci_layout.hpp"
#include "node/source/path_image.hpp"
#include "node/source/registry_source.hpp"

namespace chainer::source {
namespace {

using Opened = Result<std::unique_ptr<ImageSource>>;

struct Opener {
  FoundCredentials& credentials;

  Opened operator()(const RegistryRef& ref) const {
    return {std::make_unique<RegistrySource>(RegistryClient(ref, std::move(credentials)))};
  }
  Opened operator()(const OciLayoutRef& ref) const {
    return {std::make_unique<OciLayoutSource>(std::make_unique<OciDirectory>(ref.directory),
                                              "oci:" + ref.directory, ref.tag, ref.digest)};
  }
  Opened operator()(const OciArchiveRef& ref) const {
    return {std::make_unique<OciLayoutSource>(std::make_unique<OciArchive>(ref.file),
                                              "oci-archive:" + ref.file, ref.tag, ref.digest)};
  }
  Opened operator()(const DockerArchiveRef& ref) const {
    return {std::make_unique<DockerArchiveSource>(ref.file, ref.reference, ref.digest)};
  }
  Opened operator()(const DockerDaemonRef& ref) const {
    TRY_ASSIGN(auto engine, DockerEngine::find());
    return {std::make_unique<DockerDaemonSource>(std::move(engine), ref, TreeNotes::of_user())};
  }
  Opened operator()(const PathRef& ref) const { return open_path_image(ref); }
};

}  // namespace

Result<FoundCredentials> credentials_for(const ImageRef& reference, const std::string& auth_file) {
  const auto* registry = std::get_if<RegistryRef>(&reference.source());
  if (registry == nullptr) return FoundCredentials{};
  return find_credentials(auth_file, registry->host, registry->repository);
}

Result<std::unique_ptr<ImageSource>> open_image_source(const ImageRef& reference,
                                                       FoundCredentials credentials) {
  return std::visit(Opener{credentials}, reference.source());
}

}  // namespace chainer::source
