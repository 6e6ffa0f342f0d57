#include "spank_plugin/stored_environment.hpp"

#include <utility>

namespace chainer {
namespace {

Result<std::optional<OpenEntry>> find_of_curator(const StoreReader& store, const Digest& key) {
  TRY_ASSIGN(const auto curator, store.curator());
  if (!curator) return std::optional<OpenEntry>();
  return store.find(EntryKind::environment, key, *curator);
}

/// The curator's environment that a difference was made for; nothing when it has left the store, or
/// when the site has another curator by now.
Result<std::optional<OpenEntry>> find_base(const StoreReader& store, const OpenEntry& difference) {
  TRY_ASSIGN(const auto key, store.base_of(difference));
  if (!key) return std::optional<OpenEntry>();
  return find_of_curator(store, *key);
}

Result<std::optional<StoredEnvironment>> find_difference(const StoreReader& store,
                                                         const Digest& key, uid_t user) {
  TRY_ASSIGN(auto top, store.find(EntryKind::difference, key, user));
  if (!top) return std::optional<StoredEnvironment>();
  TRY_ASSIGN(auto base, find_base(store, *top));
  if (!base) return std::optional<StoredEnvironment>();
  return std::optional(StoredEnvironment{key, *std::move(top), std::move(base)});
}

}  // namespace

Result<std::optional<OpenEntry>> find_curated(const StoreReader& store, const Digest& image,
                                              const Digest& lock) {
  TRY_ASSIGN(const auto curator, store.curator());
  if (!curator) return std::optional<OpenEntry>();
  return store.find(EntryKind::environment, environment_key(image, lock, *curator), *curator);
}

Result<std::optional<StoredEnvironment>> find_environment(const StoreReader& store,
                                                          const Digest& image, const Digest& lock,
                                                          uid_t user) {
  const auto key = environment_key(image, lock, user);
  TRY_ASSIGN(auto own, store.find(EntryKind::environment, key, user));
  if (own) return std::optional(StoredEnvironment{key, *std::move(own)});
  TRY_ASSIGN(const auto curator, store.curator());
  if (!curator) return std::optional<StoredEnvironment>();
  const auto curated_key = environment_key(image, lock, *curator);
  TRY_ASSIGN(auto curated, store.find(EntryKind::environment, curated_key, *curator));
  if (curated) return std::optional(StoredEnvironment{curated_key, *std::move(curated)});
  return find_difference(store, key, user);
}

Result<StoredEnvironment> open_environment(const StoreReader& store, const StoreEntry& named,
                                           uid_t user) {
  const bool is_whole = named.kind != EntryKind::difference;
  TRY_ASSIGN(auto top, store.open_named(
                           named, is_whole ? EntryKind::environment : EntryKind::difference, user));
  if (is_whole) return StoredEnvironment{named.key, std::move(top)};
  TRY_ASSIGN(auto base, find_base(store, top));
  if (base) return StoredEnvironment{named.key, std::move(top), std::move(base)};
  return Error{"the curated environment below " + named.key.hex() + " is gone again",
               "submit again; if it happens again, the store's quota is too small for this job", 0,
               Fault::try_again};
}

}  // namespace chainer
