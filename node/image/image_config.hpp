// An image's config: what its processes see, and the digests of its unpacked layers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/result.hpp"
#include "node/image/manifest.hpp"

namespace chainer::image {

struct ImageConfig {
  std::vector<std::string> environment;  ///< KEY=VALUE
  std::string working_directory;
  std::vector<std::string> entrypoint;
  std::vector<Digest> diff_ids;   ///< of the plain layers, bottom first
  Platform platform{"", "", ""};  ///< empty where the image does not say
};

/// A larger config is refused.
inline constexpr std::size_t largest_config = std::size_t{1} << 20;

/// Reads an image's config (OCI image-spec, config.md) and nothing else: a document that has a
/// manifest's members is refused, since a config's digest and a manifest's name different things.
Result<ImageConfig> parse_image_config(std::string_view text);

/// Reads what stands under `config` in such a document alone, as SIF files have it: the environment,
/// the working directory and the entrypoint.
Result<ImageConfig> parse_process_config(std::string_view text);

/// /opt/chainer/image.conf: NUL-terminated records `env=KEY=VALUE`, `workdir=PATH`,
/// `keeps=entrypoint` (an image without the record may have one that is not noted), `entrypoint=WORD`
/// for each, `digest=sha256:…`.
std::string image_conf(const ImageConfig& config, const Digest& key);

}  // namespace chainer::image
