// An entry of the store that the two helpers make.
#pragma once

#include "core/result.hpp"
#include "core/store_entry.hpp"
#include "spank_plugin/helper_pair.hpp"
#include "spank_plugin/site.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"
#include "spank_plugin/store_reader.hpp"

namespace chainer {

/// The entry that the store's side names, and what its making took.
struct MadeEntry {
  StoreEntry entry;
  PreparationWork work;
};

/// Has the two helpers make an entry, and gives the one that the store's side names. An Error that
/// a helper has already reported says so.
Result<MadeEntry> make_entry(const Attached& attached, const Step& step, const Site& site,
                             const StoreReader& store, const Order& order, UserSide user_side);

}  // namespace chainer
