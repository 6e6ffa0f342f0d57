#include "node/lock_note.hpp"

namespace chainer {
namespace {

constexpr std::string_view suffix = ".lock";

}  // namespace

std::optional<EnvironmentLock> read_lock_note(const Store& store, const StoreEntry& at) {
  const auto text = store.read_note(at, suffix);
  if (!text || !*text) return std::nullopt;
  auto lock = EnvironmentLock::parse(**text);
  return lock ? std::optional(*std::move(lock)) : std::nullopt;
}

std::optional<EnvironmentLock> use_lock_note(const Store& store, const StoreEntry& at) {
  // Marked first: who collects looks at the mark last.
  if (!store.touch_note(at, suffix)) return std::nullopt;
  return read_lock_note(store, at);
}

Result<void> write_lock_note(const Store& store, const StoreEntry& at,
                             const EnvironmentLock& lock) {
  return store.write_note(at, suffix, lock.to_text(at.owner.value_or(0)));
}

}  // namespace chainer
