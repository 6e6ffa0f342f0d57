// The documents of images: manifests, indexes, configurations, docker-archive's list.
#include "node/image/image_config.hpp"
#include "node/image/manifest.hpp"
#include "node/source/docker_archive.hpp"
#include "node/source/oci_layout.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  const auto text = text_of(bytes, size);
  if (const auto document = parse_manifest(text)) {
    if (const auto* manifest = std::get_if<ImageManifest>(&*document)) {
      must_hold(manifest->layers.size() <= most_layers, "layers are bounded");
    } else if (const auto* index = std::get_if<ImageIndex>(&*document)) {
      static_cast<void>(choose_platform(*index, Platform::ours()).has_value());
      static_cast<void>(choose_tagged(*index, "v1", "x").has_value());
      static_cast<void>(choose_tagged(*index, "", "x").has_value());
    }
  }
  if (const auto config = parse_image_config(text)) {
    must_hold(config->diff_ids.size() <= most_layers, "layers are bounded");
    const auto conf = image_conf(*config, *Digest::parse_hex(std::string(64, 'a')));
    must_hold(!conf.empty() && conf.back() == '\0', "image.conf is made of whole records");
  }
  if (const auto images = parse_docker_archive_manifest(text)) {
    static_cast<void>(choose_named(*images, "a:b", "x").has_value());
    static_cast<void>(choose_named(*images, "", "x").has_value());
  }
  return 0;
}
