// An environment that is built for a step, in a container of the builder's own.
#pragma once

#include <optional>

#include "core/digest.hpp"
#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/image_entry.hpp"
#include "spank_plugin/preparation_record.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/site.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"
#include "spank_plugin/store_reader.hpp"
#include "spank_plugin/stored_environment.hpp"

namespace chainer {

/// A step's environment in the store, open and pinned, and whether it was there.
struct EnvironmentEntry {
  StoredEnvironment stored;
  UsedEntry::Origin origin{UsedEntry::Origin::store};
  PreparationWork work{};

  UsedEntry use() const { return {stored.key, origin, work}; }
};

/// What a build gets of the store: the curated environment that it is for, if there is one, and the
/// entry that could not be mounted.
struct BuildOrder {
  std::optional<OpenEntry> base{};
  std::optional<Digest> suspect{};
};

/// The curated environment as a detached, read-only mount; empty where there is none.
Result<UniqueFd> mount_base(const std::optional<OpenEntry>& base, const StoreReader& store,
                            const PluginConf& conf);

/// Builds the environment of the request's file inside the image, and has the store's side file it.
Result<EnvironmentEntry> build_environment(const Attached& attached, const Step& step,
                                           const Request& request, const Site& site,
                                           const StoreReader& store, const ImageEntry& image,
                                           const BuildOrder& build);

}  // namespace chainer
