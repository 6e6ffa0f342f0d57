#include "spank_plugin/store_reader.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/container/place.hpp"
#include "core/file_lock.hpp"
#include "core/open_beneath.hpp"
#include "core/result.hpp"
#include "core/store_absence.hpp"
#include "spank_plugin/file_system_rights.hpp"
#include "spank_plugin/roots_mounts.hpp"

namespace chainer {
namespace {

Result<Account> find_account(const std::string& name, const std::string& whose) {
  std::vector<char> buffer(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  const int failure = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) {
    return Error{"cannot find the account '" + name + "'" +
                     (failure != 0 ? std::string(": ") + std::strerror(failure) : ""),
                 "an administrator must create " + whose + " on this node"};
  }
  return Account{entry.pw_uid, entry.pw_gid, {}};
}

bool trusted(uid_t owner, mode_t mode, uid_t store_account) {
  const bool owner_trusted = owner == 0 || owner == store_account;
  return owner_trusted && (mode & (S_IWGRP | S_IWOTH)) == 0;
}

Error distrusted(const std::string& path) {
  return {"cannot trust the store: " + path +
              " can be written by others than root and the store's account",
          "an administrator must correct the owner and mode of that folder"};
}

/// Like `trusted`, for a folder that may be on a user's file system, which could say anything or
/// nothing.
bool is_trusted_folder(int folder, uid_t store_account, RootsMounts& mounts) {
  const auto status = mounts.include(folder) ? status_of_place(folder) : std::nullopt;
  return status && trusted(status->owner, status->mode, store_account);
}

/// Opens `path` component by component, so that each is checked and none can be a symlink.
Result<UniqueFd> walk_trusted(const std::string& path, uid_t store_account) {
  UniqueFd folder(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  RootsMounts mounts(folder.get());
  std::string walked;
  std::size_t at = 0;
  while (true) {
    if (!is_trusted_folder(folder.get(), store_account, mounts)) return distrusted("/" + walked);

    at = path.find_first_not_of('/', at);
    if (at == std::string::npos) return folder;
    const std::string component = path.substr(at, path.find('/', at) - at);
    at += component.size();
    walked += (walked.empty() ? "" : "/") + component;
    UniqueFd next(
        ::openat(folder.get(), component.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) {
      return Error::from_errno("cannot open the store: /" + walked, errno)
          .with_hint(
              "an administrator must create the store's folder, or correct 'store' in plugin.conf");
    }
    folder = std::move(next);
  }
}

}  // namespace

Result<StoreReader> StoreReader::open(const PluginConf& conf) {
  TRY_ASSIGN(auto account, find_account(conf.store_account, "the store's account"));
  TRY_ASSIGN(const auto rights, FileSystemRights::take(account));
  TRY_ASSIGN(auto folder, walk_trusted(conf.store, account.uid));
  return StoreReader(std::move(folder), std::move(account), conf.private_images, conf.curator);
}

Result<std::optional<uid_t>> StoreReader::curator() const {
  if (curator_.empty()) return std::optional<uid_t>();
  TRY_ASSIGN(const auto found, find_account(curator_, "the curator's account"));
  if (found.uid != 0 && found.uid != account_.uid) return std::optional(found.uid);
  return Error{"cannot use the environments of the curator '" + curator_ +
                   "': that is root or the store's account",
               "an administrator must name an account without rights in plugin.conf"};
}

Result<bool> StoreReader::may_have(EntryKind kind, uid_t owner, uid_t user) const {
  if (owner == user) return true;
  if (kind != EntryKind::environment) return false;
  TRY_ASSIGN(const auto trusted_by_all, curator());
  return trusted_by_all == owner;
}

Result<std::optional<OpenEntry>> StoreReader::find(EntryKind kind, const Digest& key,
                                                   uid_t user) const {
  for (const auto& audience : {Audience::everyone(), Audience::only(user)}) {
    auto entry = open_entry(StoreEntry{kind, key, audience}.path());
    if (!entry || *entry) return entry;
  }
  if (sharing_ != PrivateImages::share) return std::optional<OpenEntry>();
  TRY_ASSIGN(const auto granted, is_granted(kind, key, user));
  if (!granted) return std::optional<OpenEntry>();
  return open_entry(StoreEntry{kind, key, Audience::sharers()}.path());
}

Result<bool> StoreReader::is_granted(EntryKind kind, const Digest& key, uid_t user) const {
  TRY_ASSIGN(const auto rights, FileSystemRights::take(account_));
  const auto path = grant_path(kind, key, user);
  const UniqueFd grant(open_beneath(folder_.get(), path.c_str(), O_PATH | O_CLOEXEC));
  if (!grant && errno != ENOENT) return Error::from_errno("cannot open the store's " + path, errno);
  return static_cast<bool>(grant);
}

Result<OpenEntry> StoreReader::open_named(const StoreEntry& entry, EntryKind asked_for,
                                          uid_t user) const {
  if (entry.kind != asked_for) {
    return Error{"the store named an entry of another kind than was asked for", "", 0,
                 Fault::defect};
  }
  const auto owner = entry.audience.user();
  TRY_ASSIGN(const bool allowed, owner ? may_have(entry.kind, *owner, user) : Result<bool>(true));
  if (!allowed) {
    return Error{"the store named an entry of another user", "", 0, Fault::defect};
  }
  if (entry.audience.is_sharers() && sharing_ != PrivateImages::share) {
    return Error{"the store named a shared entry, and this site shares none", "", 0, Fault::defect};
  }
  TRY_ASSIGN(auto file, open_entry(entry.path()));
  if (!file) {
    return Error{"the store's entry " + entry.key.hex() + " is gone again",
                 "submit again; if it happens again, the store's quota is too small for this job",
                 0, Fault::try_again};
  }
  return *std::move(file);
}

Result<std::optional<OpenEntry>> StoreReader::open_entry(const std::string& name) const {
  TRY_ASSIGN(const auto rights, FileSystemRights::take(account_));
  UniqueFd file(open_beneath(folder_.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file && is_absent(errno)) return std::optional<OpenEntry>();
  if (!file) return Error::from_errno("cannot open the store's entry " + name, errno);

  // It may have been evicted between open and lock: what nobody can find any more is no entry.
  if (::flock(file.get(), LOCK_SH | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::optional<OpenEntry>();
    // On a file system without locks, what was used lately is not evicted.
    if (!has_no_locks(errno))
      return Error::from_errno("cannot lock the store's entry " + name, errno);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return Error::from_errno("cannot stat " + name, errno);
  if (is_absent(status)) return std::optional<OpenEntry>();
  if (!S_ISREG(status.st_mode) || !trusted(status.st_uid, status.st_mode, account_.uid))
    return distrusted(name);

  // Eviction takes what was used longest ago. A store that is mounted read-only keeps its old
  // times.
  if (::futimens(file.get(), nullptr) != 0 && errno != EROFS && errno != EACCES) {
    return Error::from_errno("cannot note the use of " + name, errno);
  }
  return std::optional(OpenEntry{std::move(file), name});
}

Result<std::optional<Digest>> StoreReader::base_of(const OpenEntry& difference) const {
  TRY_ASSIGN(const auto rights, FileSystemRights::take(account_));
  const auto path = base_note_path(difference.path);
  const UniqueFd note(open_beneath(folder_.get(), path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!note && errno == ENOENT) return std::optional<Digest>();
  if (!note) return Error::from_errno("cannot open the store's " + path, errno);
  struct stat status {};
  if (::fstat(note.get(), &status) != 0) return Error::from_errno("cannot stat " + path, errno);
  if (!S_ISREG(status.st_mode) || !trusted(status.st_uid, status.st_mode, account_.uid))
    return distrusted(path);
  std::array<char, 64> digits{};
  const auto got = ::read(note.get(), digits.data(), digits.size());
  const auto key = Digest::parse_hex(
      std::string_view(digits.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))));
  return key ? std::optional(*key) : std::nullopt;
}

bool StoreReader::still_holds(const std::string& path, const EntryIdentity& identity) const {
  const auto rights = FileSystemRights::take(account_);
  if (!rights) return false;
  const UniqueFd place(open_beneath(folder_.get(), path.c_str(), O_PATH | O_CLOEXEC));
  return place && EntryIdentity::of(place.get()) == identity;
}

}  // namespace chainer
