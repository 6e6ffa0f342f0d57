// Image manifests and indexes: OCI image-spec 1.1 and Docker's schema 2.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/digest.hpp"
#include "core/result.hpp"

namespace chainer::image {

struct Descriptor {
  Digest digest;
  std::uint64_t size{0};
  std::string media_type{};
};

struct ImageManifest {
  Descriptor config;
  std::vector<Descriptor> layers;  ///< bottom first
};

/// The platform that an image is for, in Go's names.
struct Platform {
  std::string os{"linux"};
  std::string architecture{};
  std::string variant{};

  /// This machine's.
  static Platform ours();
  std::string to_string() const;
  /// Whether it is known to be another one than this machine's.
  bool is_foreign() const;
  /// What builders write for an attestation, which is no image.
  bool is_unknown() const { return os == "unknown"; }
};

struct ImageIndex {
  struct Item {
    Descriptor descriptor;
    Platform platform{"", "", ""};  ///< empty where the index does not say
    std::string name{};             ///< org.opencontainers.image.ref.name, as OCI layouts tag
  };
  std::vector<Item> items;
};

/// "it is for linux/arm64, and this machine is linux/amd64": a foreign platform's, in words.
std::string is_for_other_machines(const std::string& platform);

/// What an item of an index, or an image's config, says in `os`, `architecture` and `variant`.
Platform platform_of(const nlohmann::json& object);

using ManifestDocument = std::variant<ImageManifest, ImageIndex>;

/// A larger manifest is refused, as is one with more layers than any builder makes.
inline constexpr std::size_t largest_manifest = std::size_t{1} << 20;
inline constexpr std::size_t most_layers = 512;
/// How many documents lead from a name to an image, the image's own included: an index may list
/// indexes, and nobody nests them deeper than one level.
inline constexpr int most_index_levels = 3;

/// Told apart by structure, as media types are often missing. A document that is neither, or that
/// could be read as more than one kind, is the user's fault.
Result<ManifestDocument> parse_manifest(std::string_view text);

/// The item for `wanted`; an index whose items name no platform gives its only one.
Result<Descriptor> choose_platform(const ImageIndex& index, const Platform& wanted);

}  // namespace chainer::image
