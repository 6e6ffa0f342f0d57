#include "spank_plugin/warm_mounts.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "core/warm_slots.hpp"
#include "spank_plugin/kernel_mount.hpp"
#include "spank_plugin/roots_folder.hpp"

namespace chainer {
namespace {

constexpr auto records_size = ByteSize::from_bytes(1024 * 1024);
/// The folder of the slots. Whoever makes it holds the lock, and mounts one entry meanwhile: a step
/// that does not get it in time mounts for itself.
Result<WarmSlots> open_slots(const std::string& run_dir, Missing missing) {
  const auto path = warm_folder(run_dir);
  TRY_ASSIGN(auto folder, own_file_system(path, records_size, missing));
  return WarmSlots(std::move(folder), path);
}

/// The slots, after those are dropped that have left the store or exceed what the site keeps.
std::vector<WarmSlot> current(const WarmSlots& slots, const StoreReader& store, unsigned most) {
  auto list = slots.list();
  std::erase_if(list, [&](const WarmSlot& slot) {
    const bool stays = slot.number < most && store.still_holds(slot.entry, slot.identity);
    if (!stays) slots.drop(slot.number);
    return !stays;
  });
  return list;
}

/// A clone of what a slot has mounted; nothing where it holds another entry by now, or none.
std::optional<UniqueFd> clone_of(const WarmSlots& slots, const WarmSlot& slot) {
  const auto root = slots.places().open_mount(slot.number, slot.mounted_device);
  if (!root) return std::nullopt;
  auto clone = clone_tree(root->get(), read_only(nosuid_nodev()));
  if (!clone) return std::nullopt;  // it has just been dropped
  slots.places().touch(slot.number);
  return *std::move(clone);
}

std::optional<UniqueFd> find_clone(const WarmSlots& slots, const std::vector<WarmSlot>& list,
                                   const EntryIdentity& identity) {
  const auto slot = std::ranges::find(list, identity, &WarmSlot::identity);
  return slot == list.end() ? std::nullopt : clone_of(slots, *slot);
}

/// A number that no slot has; where the site keeps no more, that of the slot used longest ago.
unsigned free_number(const std::vector<WarmSlot>& list, unsigned most) {
  for (unsigned number = 0; number < most; ++number) {
    if (std::ranges::find(list, number, &WarmSlot::number) == list.end()) return number;
  }
  const auto oldest = std::ranges::min_element(list, [](const auto& a, const auto& b) {
    return std::pair(a.last_use.tv_sec, a.last_use.tv_nsec) <
           std::pair(b.last_use.tv_sec, b.last_use.tv_nsec);
  });
  return oldest->number;
}

/// Attaches a fresh mount where the next step finds it. From then on the descriptor stands for the
/// mount that is kept: what a step gets is a clone.
Result<UniqueFd> keep(const WarmSlots& slots, unsigned number, const EntryIdentity& identity,
                      const std::string& entry, int mounted) {
  struct stat status {};
  if (::fstat(mounted, &status) != 0) return Error::from_errno("cannot stat the mount", errno);
  TRY(slots.assign({number, identity, status.st_dev, entry}));
  TRY_ASSIGN(const auto place, slots.places().open_root(number));
  TRY(attach(mounted, place.get()));
  auto clone = clone_tree(mounted, read_only(nosuid_nodev()));
  if (!clone) slots.drop(number);
  return clone;
}

Result<UniqueFd> mount_cold(const OpenEntry& entry, const StoreReader& store) {
  return mount_squashfs(entry.file.get(), store.account(), nosuid_nodev());
}

/// Called under the lock, which another step may have had in between.
Result<UniqueFd> mount_and_keep(const OpenEntry& entry, const EntryIdentity& identity,
                                const StoreReader& store, const PluginConf& conf) {
  const auto slots = open_slots(conf.run_dir, Missing::is_made);
  if (!slots) return mount_cold(entry, store);
  const auto list = current(*slots, store, conf.warm_mounts);
  if (auto clone = find_clone(*slots, list, identity)) return *std::move(clone);

  TRY_ASSIGN(auto mounted, mount_cold(entry, store));
  auto kept =
      keep(*slots, free_number(list, conf.warm_mounts), identity, entry.path, mounted.get());
  // A mount that is attached somewhere cannot be the step's own.
  return kept ? std::move(kept) : mount_cold(entry, store);
}

}  // namespace

Result<UniqueFd> mount_entry(const OpenEntry& entry, const StoreReader& store,
                             const PluginConf& conf) {
  const auto identity = EntryIdentity::of(entry.file.get());
  const auto run_dir = own_folder(conf.run_dir, 0755);
  if (!identity || !run_dir) return mount_cold(entry, store);

  if (const auto slots = open_slots(conf.run_dir, Missing::stays_so)) {
    const auto list = current(*slots, store, conf.warm_mounts);
    if (auto clone = find_clone(*slots, list, *identity)) return *std::move(clone);
  }
  if (conf.warm_mounts == 0) return mount_cold(entry, store);
  const auto lock = take_roots_lock(run_dir->get(), "warm.lock");
  if (!lock) return mount_cold(entry, store);
  return mount_and_keep(entry, *identity, store, conf);
}

}  // namespace chainer
