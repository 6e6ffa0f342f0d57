// The store that an account keeps for itself, where no site has one for it: with the code and the
// layout of the site's store, in the account's cache folder.
//
//   $XDG_CACHE_HOME/chainer, else ~/.cache/chainer
//     store/       squashfs files, as node/store/store.hpp describes them
//     unpacked/    the same as ordinary files, where nothing can mount them
//     scratch/     environments while they are built
//     root/        empty: where each container puts its root folder together, unseen by others
#pragma once

#include <optional>
#include <string>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/store_entry.hpp"
#include "core/unique_fd.hpp"

namespace chainer::rootless {

/// An entry that stays as long as `pin` is open.
struct OwnEntry {
  Digest key;
  std::string path;
  UniqueFd pin;
};

class OwnStore {
 public:
  /// `cache` is the account's cache folder. Makes what is missing, for this account alone.
  static Result<OwnStore> open(const std::string& cache);

  std::string path() const { return folder_; }
  std::string unpacked() const { return folder_ + "/unpacked"; }
  std::string scratch() const { return folder_ + "/scratch"; }
  std::string mount_point() const { return folder_ + "/root"; }

  /// The entry of this key that this account may use; nothing where there is none.
  Result<std::optional<OwnEntry>> find(EntryKind kind, const Digest& key) const;
  /// The entry that the store's side has just named.
  Result<OwnEntry> open_named(const StoreEntry& entry) const;

 private:
  explicit OwnStore(std::string folder) : folder_(std::move(folder)) {}
  Result<std::optional<OwnEntry>> open_entry(const StoreEntry& entry) const;
  std::string folder_;
};

/// $XDG_CACHE_HOME, else $HOME/.cache; an error where neither is an absolute path.
Result<std::string> cache_folder(const std::string& xdg_cache_home, const std::string& home);

/// What plugin.conf would say of such a store, which has no account of its own.
PluginConf conf_of_own_store(const std::string& folder);

}  // namespace chainer::rootless
