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

/// The store for a look, as the account that owns it where the caller may become it; says so
/// where the caller sees only a part. An error where it cannot be looked into: such a store must not
/// pass for an empty one.
Result<store::Store> look_into_store(const PluginConf& conf);

}  // namespace chainer::commands
