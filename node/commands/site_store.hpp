// The store as plugin.conf describes it.
#pragma once

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "node/store/store.hpp"
#include "node/store/store_room.hpp"

namespace chainer::commands {

store::StoreLimits limits_of(const PluginConf& conf);

/// Opens the store as the account that owns it; an empty name means the present account.
Result<store::Store> open_store(const PluginConf& conf);

}  // namespace chainer::commands
