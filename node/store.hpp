// The site's store of squashfs files: where entries lie, how one gets in, and what is evicted.
//
//   public/<64 hex>        fetched without credentials, or curated by the admin; 0644
//   users/<uid>/<64 hex>   everything else; 0600 in a folder of 0700
//   locks/                 one file per preparation under way (node/store_lock.hpp)
//   tmp/                   files that no name leads to yet
//
// Everything belongs to the store's account; only processes of that account open a Store.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/byte_size.hpp"
#include "core/digest.hpp"
#include "core/result.hpp"
#include "core/store_verdict.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

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
};

/// An entry as a listing shows it.
struct StoredEntry {
  StoreEntry entry;
  std::uint64_t bytes{0};
  timespec last_used{};
};

class Store {
 public:
  /// Makes what is missing below `root` and removes what killed processes left in tmp/.
  static Result<Store> open(std::string root, ByteSize quota);
  /// The store as it is, to look at.
  static Store existing(std::string root, ByteSize quota) {
    return {std::move(root), quota.bytes()};
  }

  /// True when the entry is there; it then counts as used now, so that it is not evicted soon.
  Result<bool> touch(const StoreEntry& entry) const { return touch_note(entry, ""); }
  /// The same for a small file beside the entries.
  Result<bool> touch_note(const StoreEntry& entry, std::string_view suffix) const;
  /// The bytes of a small file beside the entries (`users/<uid>/<hex><suffix>`); empty when
  /// missing.
  Result<std::optional<std::string>> read_note(const StoreEntry& entry,
                                               std::string_view suffix) const;
  /// Writes such a file atomically.
  Result<void> write_note(const StoreEntry& entry, std::string_view suffix,
                          std::string_view text) const;

  /// A new file to write an entry into.
  Result<PendingEntry> begin() const;
  /// A file without a name, for bytes that are needed until this process ends.
  Result<UniqueFd> scratch_file() const;
  /// fsync, then the final name; when the entry is there already, that one stays and this is
  /// dropped.
  Result<void> commit(PendingEntry pending, const StoreEntry& entry) const;

  /// Evicts the least recently used entries that nobody has mounted until `bytes` (of files that
  /// are pending) fit under the quota beside the rest. `try_again` with the sizes when they do not.
  Result<void> make_room(std::uint64_t bytes) const;
  /// Removes the lock files of preparations that ended long ago and the notes that nobody has used
  /// for a month and that stand beside no entry, and brings the store under its quota.
  Result<void> collect_garbage() const;

  /// Every entry, least recently used first.
  Result<std::vector<StoredEntry>> list() const;
  std::uint64_t quota() const { return quota_; }
  std::string lock_folder() const { return root_ + "/locks"; }
  std::string path_of(const StoreEntry& entry) const;

 private:
  Store(std::string root, std::uint64_t quota) : root_(std::move(root)), quota_(quota) {}
  std::string temporary_path() const;
  Result<PendingEntry> begin_named() const;
  void remove_leftovers() const;
  void remove_old_notes(time_t unused_since) const;

  std::string root_;
  std::uint64_t quota_;
};

}  // namespace chainer
