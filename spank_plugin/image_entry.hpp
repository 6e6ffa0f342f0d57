// A step's image in the store.
#pragma once

#include <optional>

#include "core/digest.hpp"
#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/preparation_record.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/site.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"
#include "spank_plugin/store_reader.hpp"

namespace chainer {

/// Open and pinned.
struct ImageEntry {
  UsedEntry use;
  OpenEntry open;
};

/// The image in the store; nothing where its digest is not known yet, or the store lacks it.
Result<std::optional<ImageEntry>> find_image(const ImageRequest& image, const Step& step,
                                             const StoreReader& store);

/// Has the helpers fetch the image. `suspect` is the key of an entry that could not be mounted: the
/// store's side looks at it, and has it made again.
Result<ImageEntry> fetch_image(const Attached& attached, const Step& step,
                               const ImageRequest& image, const Site& site,
                               const StoreReader& store, const std::optional<Digest>& suspect);

/// The image as a detached, read-only mount.
Result<UniqueFd> mount_image(const ImageEntry& image, const StoreReader& store,
                             const PluginConf& conf);

}  // namespace chainer
