#include "node/store_side/lock_note.hpp"

namespace chainer::store_side {

std::string resolution_path(const Digest& question, uid_t owner) {
  return Audience::only(owner).folder() + "/resolution/" + question.hex() + ".lock";
}

std::string lock_path(const StoreEntry& environment) { return environment.path() + ".lock"; }

std::optional<KeptLock> read_lock_note(const store::Store& store, const std::string& path) {
  auto text = store.read_note(path);
  if (!text || !*text) return std::nullopt;
  auto lock = environment::EnvironmentLock::parse(**text);
  if (!lock) return std::nullopt;
  return KeptLock{**std::move(text), *std::move(lock)};
}

std::optional<KeptLock> use_lock_note(const store::Store& store, const std::string& path) {
  // Marked first: garbage collection looks at the mark last.
  const auto marked = store.touch_note(path);
  if (!marked || !*marked) return std::nullopt;
  return read_lock_note(store, path);
}

}  // namespace chainer::store_side
