#include "node/image/manifest.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <limits>
#include <span>

#include "core/json/json_members.hpp"
#include "core/name_list.hpp"

namespace chainer::image {
namespace {

using nlohmann::json;

constexpr BrokenDocument broken_manifest{"the image's manifest", "make the image again"};

Result<Descriptor> parse_descriptor(const json& object, std::string_view what) {
  const auto digest = Digest::parse(string_member(object, "digest"));
  if (!digest) return broken_manifest(std::string(what) + " has no sha256 digest");
  const auto size = number_member(object, "size");
  if (!size) return broken_manifest(std::string(what) + " has no size");
  return Descriptor{*digest, *size, string_member(object, "mediaType")};
}

// OCI image-spec 1.1 (manifest.md, image-index.md, config.md) and Docker's image manifest v2.2.
constexpr std::string_view image_types[] = {"application/vnd.oci.image.manifest.v1+json",
                                            "application/vnd.docker.distribution.manifest.v2+json"};
constexpr std::string_view index_types[] = {
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json"};
constexpr std::string_view config_types[] = {"application/vnd.oci.image.config.v1+json",
                                             "application/vnd.docker.container.image.v1+json"};

bool is_one_of(std::string_view type, std::span<const std::string_view> types) {
  return std::ranges::find(types, type) != types.end();
}

/// Both formats demand the version. The media type is often left out, but never wrong: a document
/// that says that it is something else, or has members of another kind, is not read.
Result<void> check_kind(const json& object, std::span<const std::string_view> types,
                        std::string_view other_kind) {
  if (number_member(object, "schemaVersion") != 2)
    return broken_manifest("its schemaVersion is not 2");
  const auto type = string_member(object, "mediaType");
  if (object.contains("mediaType") && !is_one_of(type, types))
    return broken_manifest("its mediaType is '" + type + "'");
  if (!other_kind.empty())
    return broken_manifest("it has '" + std::string(other_kind) +
                           "', which belongs to another kind of document");
  return {};
}

Result<ManifestDocument> parse_image(const json& object) {
  const auto other = first_member_of(object, {"manifests", "fsLayers", "rootfs", "history"});
  TRY(check_kind(object, image_types, other));
  TRY_ASSIGN(auto config, parse_descriptor(object_member(object, "config"), "its config"));
  if (!config.media_type.empty() && !is_one_of(config.media_type, config_types)) {
    return Error{
        "it is no container image, but something else of the type '" + config.media_type + "'",
        "name an image that can be run", 0, Fault::user};
  }
  ImageManifest manifest{std::move(config), {}};
  const auto& layers = array_member(object, "layers");
  if (layers.size() > most_layers) {
    return broken_manifest("it has " + std::to_string(layers.size()) + " layers, more than " +
                           std::to_string(most_layers));
  }
  std::uint64_t left = std::numeric_limits<std::int64_t>::max();
  for (const auto& item : layers) {
    TRY_ASSIGN(auto layer, parse_descriptor(item, "a layer"));
    if (layer.size > left) return broken_manifest("its layers are larger than any disk");
    left -= layer.size;
    if (layer.media_type.ends_with("+encrypted")) {
      return Error{"the image has encrypted layers, which cannot be read",
                   "use an image without them", 0, Fault::user};
    }
    manifest.layers.push_back(std::move(layer));
  }
  return ManifestDocument(std::move(manifest));
}

Result<ManifestDocument> parse_index(const json& object) {
  const auto other = first_member_of(object, {"layers", "config", "fsLayers", "rootfs", "history"});
  TRY(check_kind(object, index_types, other));
  ImageIndex index;
  for (const auto& item : array_member(object, "manifests")) {
    TRY_ASSIGN(auto descriptor, parse_descriptor(item, "an item of the index"));
    index.items.push_back(
        {std::move(descriptor), platform_of(object_member(item, "platform")),
         string_member(object_member(item, "annotations"), "org.opencontainers.image.ref.name")});
  }
  return ManifestDocument(std::move(index));
}

std::string go_architecture(std::string_view machine) {
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  return std::string(machine);  // ppc64le, s390x and riscv64 are the same in both
}

}  // namespace

Platform Platform::ours() {
  utsname name{};
  ::uname(&name);
  return {"linux", go_architecture(name.machine), ""};
}

Platform platform_of(const nlohmann::json& object) {
  return {string_member(object, "os"), string_member(object, "architecture"),
          string_member(object, "variant")};
}

bool Platform::is_foreign() const {
  return !os.empty() && !architecture.empty() &&
         (os != ours().os || architecture != ours().architecture);
}

std::string Platform::to_string() const {
  return os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
}

std::string is_for_other_machines(const std::string& platform) {
  return "it is for " + platform + ", and this machine is " + Platform::ours().to_string();
}

Result<ManifestDocument> parse_manifest(std::string_view text) {
  TRY_ASSIGN(const auto object, parse_json_object(text, "the image's manifest"));
  if (object.contains("manifests")) return parse_index(object);
  if (object.contains("layers")) return parse_image(object);
  if (object.contains("fsLayers")) {
    return Error{"the image has a manifest of Docker's schema 1, which is no longer read",
                 "push the image again with a current tool", 0, Fault::user};
  }
  return broken_manifest("it lists neither layers nor manifests");
}

Result<Descriptor> choose_platform(const ImageIndex& index, const Platform& wanted) {
  std::string others;
  const auto images = std::ranges::count_if(
      index.items, [](const auto& item) { return !item.platform.is_unknown(); });
  const Descriptor* variant = nullptr;  // for processors newer than the architecture's oldest
  for (const auto& [descriptor, platform, name] : index.items) {
    if (platform.is_unknown()) continue;
    const bool any = platform.os.empty() && platform.architecture.empty();
    if (any && images == 1) return descriptor;
    if (platform.os != wanted.os || platform.architecture != wanted.architecture) {
      append_name(others, platform.to_string());
      continue;
    }
    if (platform.variant == wanted.variant) return descriptor;
    if (variant == nullptr) variant = &descriptor;
  }
  if (variant != nullptr) return *variant;
  return Error{"the image is not there for " + wanted.to_string() +
                   ", only for: " + (others.empty() ? "nothing" : others),
               "use an image that was built for this cluster's machines", 0, Fault::user};
}

}  // namespace chainer::image
