#include "node/rootless/own_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/file_lock.hpp"
#include "core/store_absence.hpp"

namespace chainer::rootless {
namespace {

/// Makes the folder and those above it.
Result<void> make_folders(const std::string& path) {
  for (auto slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const auto folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS) {
      return Error::from_errno("cannot make " + folder, errno, Fault::user)
          .with_hint("name a folder of yours with $XDG_CACHE_HOME");
    }
    if (slash == std::string::npos) return {};
  }
}

/// Whoever can write here decides what the containers of this account hold.
Result<void> check_own(const std::string& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0)
    return Error::from_errno("cannot look at " + folder, errno, Fault::user);
  if (status.st_uid == ::geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return Error{"cannot keep images in " + folder + ": others can write there",
               "chmod go-w " + folder + ", or name a folder of yours with $XDG_CACHE_HOME", 0,
               Fault::user};
}

}  // namespace

Result<std::string> cache_folder(const std::string& xdg_cache_home, const std::string& home) {
  if (xdg_cache_home.starts_with('/')) return xdg_cache_home;
  if (home.starts_with('/')) return home + "/.cache";
  return Error{"cannot tell where to keep images: $HOME is no absolute path",
               "set HOME, or name a folder of yours with $XDG_CACHE_HOME", 0, Fault::user};
}

PluginConf conf_of_own_store(const std::string& folder) {
  PluginConf conf;
  conf.store = folder + "/store";
  conf.store_account.clear();
  conf.store_quota_per_user = conf.store_quota;
  return conf;
}

Result<OwnStore> OwnStore::open(const std::string& cache) {
  OwnStore store(cache + "/chainer");
  TRY(make_folders(store.folder_));
  TRY(check_own(store.folder_));
  for (const auto& folder :
       {store.folder_ + "/store", store.unpacked(), store.scratch(), store.mount_point()}) {
    TRY(make_folders(folder));
  }
  return store;
}

Result<std::optional<OwnEntry>> OwnStore::find(EntryKind kind, const Digest& key) const {
  for (const auto& audience : {Audience::everyone(), Audience::only(::geteuid())}) {
    auto entry = open_entry({kind, key, audience});
    if (!entry || *entry) return entry;
  }
  return std::optional<OwnEntry>();
}

Result<OwnEntry> OwnStore::open_named(const StoreEntry& entry) const {
  TRY_ASSIGN(auto opened, open_entry(entry));
  if (opened) return *std::move(opened);
  return Error{"the store's entry " + entry.key.hex() + " is gone again",
               "run it again; if it happens again, look for what empties " + folder_, 0,
               Fault::try_again};
}

Result<std::optional<OwnEntry>> OwnStore::open_entry(const StoreEntry& entry) const {
  const auto path = folder_ + "/store/" + entry.path();
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file && is_absent(errno)) return std::optional<OwnEntry>();
  if (!file) return Error::from_errno("cannot open " + path, errno);
  // An entry that is being evicted, or is evicted between open and lock, is none any more.
  if (::flock(file.get(), LOCK_SH | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::optional<OwnEntry>();
    if (!has_no_locks(errno)) return Error::from_errno("cannot lock " + path, errno);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return Error::from_errno("cannot look at " + path, errno);
  if (is_absent(status)) return std::optional<OwnEntry>();
  ::futimens(file.get(), nullptr);  // what was used longest ago is evicted first
  return std::optional(OwnEntry{entry.key, path, std::move(file)});
}

}  // namespace chainer::rootless
