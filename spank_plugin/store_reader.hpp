// Root's eyes on the image store: opens entries by descriptor, trusts no path, parses nothing.
#pragma once

#include <optional>
#include <string>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/store_entry.hpp"
#include "core/unique_fd.hpp"
#include "core/warm_slots.hpp"
#include "spank_plugin/privileges.hpp"

namespace chainer {

/// An entry of the store. The descriptor carries a shared flock: while it lives, the entry is not
/// evicted.
struct OpenEntry {
  UniqueFd file;
  std::string path;  ///< below the store's folder
};

class StoreReader {
 public:
  /// Walks to the store's folder. Each component must be a real directory, owned by root or the
  /// store's account and writable by nobody else; else it is the node's fault, named.
  static Result<StoreReader> open(const PluginConf& conf);

  /// The entry of this kind that `key` names for a job of `user`: a public one first, then the
  /// user's own, then a shared one that this user may use while the site still shares. Nothing when
  /// there is none.
  Result<std::optional<OpenEntry>> find(EntryKind kind, const Digest& key, uid_t user) const;

  /// The account whose environments serve everybody; nothing where plugin.conf names none. Root and
  /// the store's account are refused: what a curator builds is a user's code.
  Result<std::optional<uid_t>> curator() const;

  /// Opens what the store's side named, if it is what root asked for and a job of `user` may have
  /// it: an environment may be the curator's.
  Result<OpenEntry> open_named(const StoreEntry& entry, EntryKind asked_for, uid_t user) const;

  /// The key of the curated environment that a difference is laid over; nothing where the store does
  /// not say.
  Result<std::optional<Digest>> base_of(const OpenEntry& difference) const;

  /// Whether this file is still the entry at `path`: false when it was evicted or replaced.
  bool still_holds(const std::string& path, const EntryIdentity& identity) const;

  /// The account that owns the store; it runs the store's side.
  const Account& account() const { return account_; }

 private:
  StoreReader(UniqueFd folder, Account account, PrivateImages sharing, std::string curator)
      : folder_(std::move(folder)),
        account_(std::move(account)),
        sharing_(sharing),
        curator_(std::move(curator)) {}

  Result<std::optional<OpenEntry>> open_entry(const std::string& name) const;
  Result<bool> is_granted(EntryKind kind, const Digest& key, uid_t user) const;
  /// Whether a job of `user` may have what only `owner` may have.
  Result<bool> may_have(EntryKind kind, uid_t owner, uid_t user) const;

  UniqueFd folder_;
  Account account_;
  PrivateImages sharing_;
  std::string curator_;  ///< the account's name
};

}  // namespace chainer
