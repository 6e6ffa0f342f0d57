#include "node/user_side/image_inspection.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <variant>
#include <vector>

#include "core/json/json_text.hpp"
#include "core/printable.hpp"
#include "core/store_entry.hpp"
#include "node/archive/layer_stream.hpp"
#include "node/image/image_config.hpp"
#include "node/image/manifest.hpp"
#include "node/source/resolved_config.hpp"
#include "node/user_side/layer_feed.hpp"
#include "node/wire/message.hpp"

namespace chainer::user_side {
namespace {

using Clock = LayerFeed::Clock;
using Blob = wire::SendRequest::Blob;

// Layers of several hundred gigabytes are none.
constexpr std::uint64_t largest_plain_layer = std::uint64_t{1} << 40;

struct Layer {
  std::size_t number;  ///< from the bottom
  Blob blob;
};

struct Parts {
  image::ImageConfig config;
  std::vector<Layer> layers;
};

Result<Parts> parts_of(source::ImageSource& source, EntryKind kind, std::string_view document) {
  TRY_ASSIGN(auto config, source::config_of(source, kind, document));
  Parts parts{std::move(config), {}};
  const auto add = [&](const Digest& digest, std::optional<std::uint64_t> size) {
    parts.layers.push_back({parts.layers.size(), {digest, size}});
  };
  if (kind == EntryKind::config) {
    for (const auto& digest : parts.config.diff_ids) add(digest, std::nullopt);
    return parts;
  }
  TRY_ASSIGN(const auto parsed, image::parse_manifest(document));
  for (const auto& layer : std::get<image::ImageManifest>(parsed).layers)
    add(layer.digest, layer.size);
  return parts;
}

class Inspection {
 public:
  Inspection(source::ImageSource& source, Parts parts, Wanted wanted, LookLimits limits)
      : source_(source),
        layers_(std::move(parts.layers)),
        contents_(parts.config.environment),
        wanted_(wanted),
        bytes_left_(limits.bytes),
        deadline_(Clock::now() + limits.time) {}

  /// Small layers first: most of what is looked for lies in them.
  Result<void> run(InspectedImage& found) {
    std::ranges::stable_sort(layers_, {},
                             [](const Layer& layer) { return layer.blob.size.value_or(0); });
    for (const auto& layer : layers_) {
      if (has_all()) break;
      TRY_ASSIGN(const auto is_whole, read(layer));
      if (is_whole) continue;
      ++found.unread_layers;
      found.unread_bytes += layer.blob.size.value_or(0);
    }
    found.programs = contents_.programs();
    if (has_all()) found.unread_layers = found.unread_bytes = 0;
    return {};
  }

 private:
  bool has_all() const {
    const auto programs = contents_.programs();
    const bool has_mpi = programs.mpi && programs.mpi->speaks_pmix && !programs.mpirun.empty();
    return programs.python && (wanted_ == Wanted::python || has_mpi);
  }

  /// False when the layer was left out, or not read to its end.
  Result<bool> read(const Layer& layer) {
    const auto size = layer.blob.size.value_or(0);
    if (size > bytes_left_ || Clock::now() >= deadline_) return false;
    bytes_left_ -= size;
    TRY_ASSIGN(const auto feed, LayerFeed::start(source_, layer.blob, deadline_));
    auto taken = take(layer.number, *feed);
    TRY(feed->finish());  // what the source says of a failure is nearer to its cause
    if (!taken && !feed->is_late()) return std::move(taken).error();
    return taken.has_value();
  }

  Result<void> take(std::size_t number, LayerFeed& feed) {
    archive::LayerStream stream([&](std::span<char> into) { return feed.read(into); },
                                largest_plain_layer);
    auto taken = contents_.add_layer(number, stream);
    feed.interrupt();  // the stream's thread may wait for bytes that nobody needs
    return taken;
  }

  source::ImageSource& source_;
  std::vector<Layer> layers_;
  ImageContents contents_;
  Wanted wanted_;
  std::uint64_t bytes_left_;
  Clock::time_point deadline_;
};

/// Paths are the image's own words.
std::string with_remark(const std::string& path, const std::string& remark) {
  return printable(path) + (remark.empty() ? "" : " (" + remark + ")");
}

std::string text_of_python(const ImagePrograms& programs) {
  if (programs.python) return with_remark(programs.python->path, programs.python->version);
  if (programs.other_python.empty()) return "none";
  return with_remark(programs.other_python, "the PATH does not lead to it");
}

std::string text_of(const std::optional<ImageMpi>& mpi) {
  if (!mpi) return "none";
  const std::string pmix = mpi->speaks_pmix ? "speaks PMIx" : "without PMIx";
  return with_remark(mpi->path, mpi->family.empty() ? pmix : mpi->family + ", " + pmix);
}

}  // namespace

std::string InspectedImage::to_json() const {
  nlohmann::json answer{{"digest", digest.to_string()},
                        {"python", nullptr},
                        {"other_python", programs.other_python},
                        {"mpi", nullptr},
                        {"mpirun", programs.mpirun},
                        {"unread_layers", unread_layers},
                        {"unread_bytes", unread_bytes}};
  if (const auto& python = programs.python)
    answer["python"] = {{"path", python->path}, {"version", python->version}};
  if (const auto& mpi = programs.mpi) {
    answer["mpi"] = {
        {"path", mpi->path}, {"family", mpi->family}, {"speaks_pmix", mpi->speaks_pmix}};
  }
  return json_line(answer);
}

std::string InspectedImage::to_text() const {
  auto text = digest.to_string() + "\npython: " + text_of_python(programs);
  text += "\nmpi: " + text_of(programs.mpi);
  text += "\nmpirun: " + (programs.mpirun.empty() ? "none" : printable(programs.mpirun));
  if (unread_layers == 0) return text;
  return text + "\nnot read: " +
         (unread_bytes == 0 ? "the rest, which takes too long"
                            : "layers of " + wire::human_bytes(unread_bytes) + " in all");
}

Result<InspectedImage> inspect_image(const ImageRef& reference,
                                     std::vector<source::RegistryAccess> registries, Wanted wanted,
                                     LookLimits limits) {
  if (std::holds_alternative<DockerDaemonRef>(reference.source())) {
    return Error{"an engine would have to save all of the image for a look", "", 0, Fault::user};
  }
  TRY_ASSIGN(const auto source, source::open_image_source(reference, std::move(registries)));
  TRY_ASSIGN(const auto image, source->resolve(std::nullopt));
  TRY_ASSIGN(auto parts, parts_of(*source, kind_of_image(reference), image.document));
  InspectedImage found{image.digest, {}};
  TRY(Inspection(*source, std::move(parts), wanted, limits).run(found));
  return found;
}

}  // namespace chainer::user_side
