// Mounts of store entries that outlive the step, so that the next one finds their pages in memory.
#pragma once

#include <string>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/store_reader.hpp"

namespace chainer {

/// The entry as a detached, read-only mount of the step's own: a clone of the one that is kept on
/// the node, which is made when it is missing. The caller has checked that the step may have the
/// entry. What cannot be kept is mounted for this step alone: keeping saves time, and fails no
/// step.
Result<UniqueFd> mount_entry(const OpenEntry& entry, const StoreReader& store,
                             const PluginConf& conf);

}  // namespace chainer
