#include "spank_plugin/made_entry.hpp"

namespace chainer {
namespace {

/// An error that the helpers have already reported.
Error told(StoreVerdict verdict) {
  Error error{std::move(verdict.cause), {}, 0, fault_of(verdict.outcome)};
  error.is_told = true;
  return error;
}

}  // namespace

Result<MadeEntry> make_entry(const Attached& attached, const Step& step, const Site& site,
                             const StoreReader& store, const Order& order, UserSide user_side) {
  auto verdict = run_helper_pair(attached, step, site.conf, site.conf_path, store.account(), order,
                                 std::move(user_side));
  if (!verdict) return std::move(verdict).error();
  if (!verdict->entry) return told(*std::move(verdict));
  return MadeEntry{*verdict->entry, std::move(verdict->work)};
}

}  // namespace chainer
