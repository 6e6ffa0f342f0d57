#include "node/source/image_source.hpp"

#include "node/source/docker_archive.hpp"
#include "node/source/oci_archive.hpp"
#include "node/source/oci_layout.hpp"
#include "node/source/registry_source.hpp"

namespace chainer::source {
namespace {

using Opened = Result<std::unique_ptr<ImageSource>>;

Error not_yet(std::string what) {
  return {std::move(what) + " are not read yet",
          "push the image to a registry, or save it as an OCI layout (skopeo copy … oci:DIR)", 0,
          Fault::user};
}

struct Opener {
  const std::string& auth_file;

  Opened operator()(const RegistryRef& ref) const {
    TRY_ASSIGN(auto credentials, find_credentials(auth_file, ref.host, ref.repository));
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
    return {std::make_unique<DockerArchiveSource>(ref.file, ref.reference)};
  }
  Opened operator()(const DockerDaemonRef&) const {
    return not_yet("images of a local Docker engine");
  }
  Opened operator()(const PathRef&) const {
    return not_yet("SIF and squashfs files and directories");
  }
};

}  // namespace

Result<std::unique_ptr<ImageSource>> open_image_source(const ImageRef& reference,
                                                       const std::string& auth_file) {
  return std::visit(Opener{auth_file}, reference.source());
}

}  // namespace chainer::source
