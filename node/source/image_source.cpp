#include "node/source/image_source.hpp"

#include "node/source/docker_archive.hpp"
#include "node/source/docker_daemon.hpp"
#include "node/source/oci_archive.hpp"
#include "node/source/oci_layout.hpp"
#include "node/source/path_image.hpp"
#include "node/source/registries_conf.hpp"
#include "node/source/registry_source.hpp"

namespace chainer::source {
namespace {

using Opened = Result<std::unique_ptr<ImageSource>>;

struct Opener {
  std::vector<RegistryAccess>& registries;

  Opened operator()(const RegistryRef&) const {
    return {std::make_unique<RegistrySource>(std::move(registries))};
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

Result<std::vector<RegistryAccess>> registries_for(const ImageRef& reference,
                                                   const std::string& auth_file) {
  std::vector<RegistryAccess> registries;
  const auto* named = std::get_if<RegistryRef>(&reference.source());
  if (named == nullptr) return registries;
  TRY_ASSIGN(const auto conf, RegistriesConf::of_this_account());
  TRY_ASSIGN(const auto places, conf.places_of(*named));
  for (const auto& place : places) {
    TRY_ASSIGN(auto credentials, find_credentials(auth_file, place.host, place.repository));
    registries.push_back({place, std::move(credentials)});
  }
  return registries;
}

Result<std::unique_ptr<ImageSource>> open_image_source(const ImageRef& reference,
                                                       std::vector<RegistryAccess> registries) {
  return std::visit(Opener{registries}, reference.source());
}

}  // namespace chainer::source
