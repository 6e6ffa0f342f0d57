// The site's store of squashfs files: where entries lie, how one gets in, and what is evicted.
//
//   public/ shared/ users/<uid>/     entries by kind and key, as core/store_entry.hpp says
//   users/<uid>/resolution/          answers to questions about environments
//                                    (node/store_side/lock_note.hpp)
//   locks/                           what preparations under way hold: each a goal (store_lock.hpp)
//                                    and room (store_room.hpp)
//   tmp/                             files that no name leads to yet
//   set-aside/                       what is not trusted: of an earlier release, or damaged
//   layout                           the number of this arrangement
//
// Everything belongs to the store's account and only its processes open a Store. Nobody else can
// open a file of it: whoever can open one can also lock it, and so stop or pin it for everybody.
// The names in public/ can be listed.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/byte_size.hpp"
#include "core/digest.hpp"
#include "core/result.hpp"
#include "core/store_entry.hpp"
#include "core/unique_fd.hpp"
#include "node/store/lease.hpp"
#include "node/store/lock_kind.hpp"

namespace chainer::store {

/// How much the store may hold.
struct StoreLimits {
  ByteSize quota;     ///< everything together
  ByteSize per_user;  ///< what one user has brought and is bringing
  /// Each decision about room looks at every entry, however small.
  std::size_t entries_per_user{5000};
};

/// How the store is shared by nodes.
struct StoreSharing {
  StoreLocks locks{StoreLocks::automatic};
  /// Where locks do not reach all nodes, nobody can say what another node has mounted: there, what
  /// was used within this many days is not evicted.
  unsigned keep_used_days{7};
};

/// A file of the store that has no final name yet. Gone when it is destroyed without commit, also
/// by SIGKILL where the file system knows O_TMPFILE; elsewhere the next preparation removes it.
class PendingEntry {
 public:
  PendingEntry(PendingEntry&&) noexcept = default;
  PendingEntry& operator=(PendingEntry&&) = delete;
  ~PendingEntry();

  int fd() const { return fd_.get(); }

 private:
  friend class Store;
  PendingEntry(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;  ///< in tmp/; empty for an O_TMPFILE
  /// Keeps marking the file as new where a lock would not tell all nodes that its maker lives.
  std::unique_ptr<EverySecond> renewal_{};
};

/// An entry as a listing shows it.
struct StoredEntry {
  StoreEntry entry;
  std::uint64_t bytes{0};
  timespec last_used{};
  std::optional<uid_t> brought_by{};  ///< empty where it cannot be read
};

/// What lies in the store.
struct StoreUsage {
  std::vector<StoredEntry> entries;  ///< least recently used first
  std::uint64_t bytes{0};            ///< of everything
  std::uint64_t unverified{0};       ///< of them, what preparations hold for unverified bytes
  std::map<uid_t, std::uint64_t> by_user;
  std::map<uid_t, std::size_t> entries_by_user;
};

class Store {
 public:
  /// Makes what is missing below `root`, sets aside what an earlier release left there, and removes
  /// what killed processes left in tmp/.
  static Result<Store> open(std::string root, StoreLimits limits, StoreSharing sharing = {});
  /// The store as it is, for looking only.
  static Store existing(std::string root, StoreLimits limits) { return {std::move(root), limits}; }
  /// Where `open` has moved an earlier release's entries; empty when there were none.
  const std::string& set_aside() const { return set_aside_; }

  /// True when the entry is there; it then counts as used now, so that it is not evicted soon.
  Result<bool> touch(const StoreEntry& entry) const { return touch_note(entry.path()); }
  /// Whether the process that made a file of this store's has ended.
  bool is_abandoned(int fd) const;
  /// The entry, opened; empty when it is not there.
  Result<std::optional<UniqueFd>> open_entry(const StoreEntry& entry) const {
    return open_file(entry.path());
  }
  /// Whether an opened entry is being evicted, and so nothing that root would take. It is gone then.
  bool is_leaving(const StoreEntry& entry, int fd) const;
  /// Whether there is a file at `path`, which leads from the store's folder, that this node did not
  /// show: it may remember for a while that a file was missing. Shows it from now on.
  bool uncovers(const std::string& path) const;

  // A note is a small file beside the entries. `path` leads from the store's folder.
  Result<bool> touch_note(const std::string& path) const;
  /// The note's bytes; empty when it is missing.
  Result<std::optional<std::string>> read_note(const std::string& path) const;
  /// Writes a note as a whole. In a user's folder the oldest of very many notes give way.
  Result<void> write_note(const std::string& path, std::string_view text) const;

  /// A new file to write an entry into.
  Result<PendingEntry> begin() const;
  /// The same with a name that starts with `prefix`, which includes its folder, as in `tmp/`. The
  /// file is locked for as long as it lives.
  Result<PendingEntry> begin_named(const std::string& prefix) const;
  /// A file without a name, for bytes that are needed until this process ends.
  Result<UniqueFd> scratch_file() const;
  /// Seals the file, syncs it and gives it its final name. When the entry is already there, that
  /// one stays and this file is dropped.
  Result<void> commit(PendingEntry pending, const StoreEntry& entry, uid_t brought_by) const;

  /// Removes an entry and the notes beside it unless somebody has it mounted.
  bool evict(const StoreEntry& entry) const;
  /// Removes the oldest file of set-aside/, and gives the number of bytes that this freed.
  std::uint64_t remove_one_set_aside() const;
  /// Moves a damaged entry away, so that it is made again, and says where to.
  Result<std::string> set_aside(const StoreEntry& entry) const;
  /// Removes the lock files of preparations that ended long ago, notes that nobody has used for a
  /// month and that stand beside no entry, and all that was set aside.
  void collect_garbage() const;

  /// Every entry, least recently used first.
  std::vector<StoredEntry> list() const;
  /// Everything, with what preparations under way hold (node/store/store_room.hpp).
  StoreUsage usage() const;
  const StoreLimits& limits() const { return limits_; }
  LockKind lock_kind() const { return lock_kind_; }
  std::string lock_folder() const { return root_ + "/locks"; }
  std::string path_of(const StoreEntry& entry) const { return root_ + "/" + entry.path(); }

 private:
  Store(std::string root, StoreLimits limits, StoreSharing sharing = {})
      : root_(std::move(root)),
        limits_(limits),
        sharing_(sharing),
        lock_kind_(lock_kind_in(root_, sharing.locks)) {}
  Result<std::optional<UniqueFd>> open_file(const std::string& path) const;
  Result<void> set_aside_earlier_layout();
  Result<void> make_folders_of(const std::string& path) const;
  void remove_grants(const StoreEntry& entry) const;
  void remove_leftovers() const;
  /// Removes a file unless its maker lives, or somebody wrote it or marked it as used since.
  bool remove_unless_held(const std::string& path, std::optional<time_t> unused_since = {}) const;
  void remove_old_notes(time_t unused_since) const;
  void remove_surplus_notes(const std::string& folder) const;
  bool is_lone_note(const std::string& path) const;

  std::string root_;
  StoreLimits limits_;
  StoreSharing sharing_;
  LockKind lock_kind_;
  std::string set_aside_{};
};

}  // namespace chainer::store
