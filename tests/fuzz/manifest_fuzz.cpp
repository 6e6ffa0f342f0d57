// The documents of images: manifests, indexes, configurations, docker-archive's list.
#include "node/image/image_config.hpp"
#include "node/image/manifest.hpp"
#include "node/source/docker_archive.hpp"
#include "node/source/oci_layout.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  const auto text = text_of(bytes, size);
  if (const auto document = image::parse_manifest(text)) {
    if (const auto* manifest = std::get_if<image::ImageManifest>(&*document)) {
      must_hold(manifest->layers.size() <= image::most_layers, "layers are bounded");
    } else if (const auto* index = std::get_if<image::ImageIndex>(&*document)) {
      static_cast<void>(image::choose_platform(*index, image::Platform::ours()).has_value());
      static_cast<void>(source::choose_tagged(*index, "v1", "x").has_value());
      static_cast<void>(source::choose_tagged(*index, "", "x").has_value());
    }
  }
  if (const auto config = image::parse_image_config(text)) {
    must_hold(config->diff_ids.size() <= image::most_layers, "layers are bounded");
    const auto conf = image::image_conf(*config, *Digest::parse_hex(std::string(64, 'a')));
    must_hold(!conf.empty() && conf.back() == '\0', "image.conf is made of whole records");
  }
  if (const auto images = source::parse_docker_archive_manifest(text)) {
    static_cast<void>(source::choose_named(*images, "a:b", "x").has_value());
    static_cast<void>(source::choose_named(*images, "", "x").has_value());
  }
  return 0;
}
