#include "node/source/resolved_config.hpp"

#include <variant>

#include "node/image/manifest.hpp"

namespace chainer::source {
namespace {

/// An image's configuration, in memory.
class ConfigSink : public BlobSink {
 public:
  Result<void> data(std::uint16_t, std::string_view bytes) override {
    if (text.size() + bytes.size() > image::largest_config) {
      return Error{
          "the image's config has more than " + std::to_string(image::largest_config) + " bytes",
          "", 0, Fault::user};
    }
    text += bytes;
    return {};
  }
  Result<void> end(std::uint16_t) override { return {}; }

  std::string text{};
};

}  // namespace

Result<image::ImageConfig> config_of(ImageSource& source, EntryKind kind,
                                     std::string_view document) {
  if (kind == EntryKind::config) return image::parse_image_config(document);
  TRY_ASSIGN(const auto parsed, image::parse_manifest(document));
  const auto* manifest = std::get_if<image::ImageManifest>(&parsed);
  if (manifest == nullptr) return Error{"the image is an index", "", 0, Fault::defect};
  ConfigSink sink;
  TRY(source.send_blobs({{{manifest->config.digest, manifest->config.size}}}, sink));
  return image::parse_image_config(sink.text);
}

}  // namespace chainer::source
