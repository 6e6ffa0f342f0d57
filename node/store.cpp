#include "node/store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <tuple>

#include "core/fd_io.hpp"
#include "node/message.hpp"

namespace chainer {
namespace {

namespace fs = std::filesystem;

// An entry that was used this recently may be on its way to a mount: root pins it only after it has
// been named. Far longer than that takes, far shorter than what a full store can wait for.
constexpr time_t grace_seconds = 60;
constexpr time_t lock_lifetime_seconds = 24 * 3600;
// Of the answer to a question, which costs its owner a new resolution when it is gone.
constexpr time_t note_lifetime_seconds = 30 * 24 * 3600;
constexpr std::size_t largest_note = std::size_t{16} << 20;

Result<void> make_folder(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return Error::from_errno("cannot make the folder " + path, errno)
      .with_hint("the store's folder must exist and belong to the store's account");
}

Result<void> sync_folder(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return Error::from_errno("cannot sync " + path, errno);
  return {};
}

/// The names in a folder, sorted; none when it cannot be read.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (fs::directory_iterator it(folder, ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    names.push_back(it->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

UniqueFd open_to_read(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

bool lock_now(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0; }

bool still_named(int fd, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

/// NFS gives a lock that excludes others only to who may write.
UniqueFd open_to_lock(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

bool is_older(int fd, time_t time) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && status.st_mtim.tv_sec < time;
}

/// Removes a file unless somebody holds a lock on it, or wrote it or marked it as used since. The
/// time is read after the open, which on NFS asks the server.
bool remove_unless_locked(const std::string& path, std::optional<time_t> unused_since = {}) {
  const UniqueFd fd = open_to_lock(path);
  if (!fd || !lock_now(fd.get()) || !still_named(fd.get(), path)) return false;
  if (unused_since && !is_older(fd.get(), *unused_since)) return false;
  return ::unlink(path.c_str()) == 0;
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

mode_t mode_of(const StoreEntry& entry) { return entry.owner ? 0600 : 0644; }

void add_entries(const std::string& folder, std::optional<uid_t> owner,
                 std::vector<StoredEntry>& entries) {
  for (const auto& name : names_in(folder)) {
    const auto key = Digest::parse_hex(name);
    struct stat status {};
    if (!key || ::lstat((folder + "/" + name).c_str(), &status) != 0) continue;
    if (!S_ISREG(status.st_mode)) continue;
    entries.push_back({{*key, owner}, static_cast<std::uint64_t>(status.st_size), status.st_mtim});
  }
}

}  // namespace

PendingEntry::~PendingEntry() {
  if (fd_ && !path_.empty()) ::unlink(path_.c_str());
}

Result<Store> Store::open(std::string root, ByteSize quota) {
  Store store(std::move(root), quota.bytes());
  for (const auto& [name, mode] :
       {std::pair{"/public", 0755}, {"/users", 0711}, {"/locks", 0700}, {"/tmp", 0700}}) {
    if (auto made = make_folder(store.root_ + name, static_cast<mode_t>(mode)); !made) {
      return std::move(made).error();
    }
  }
  store.remove_leftovers();
  return store;
}

std::string Store::path_of(const StoreEntry& entry) const {
  const auto folder = entry.owner ? "/users/" + std::to_string(*entry.owner) : "/public";
  return root_ + folder + "/" + entry.key.hex();
}

Result<bool> Store::touch_note(const StoreEntry& entry, std::string_view suffix) const {
  const auto path = path_of(entry) + std::string(suffix);
  const UniqueFd fd = open_to_read(path);
  if (!fd && errno == ENOENT) return false;
  if (!fd) return Error::from_errno("cannot open the store's " + path, errno);
  const timespec now_only_mtime[] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
  if (::futimens(fd.get(), now_only_mtime) != 0) {
    return Error::from_errno("cannot mark " + path + " as used", errno);
  }
  return true;
}

Result<std::optional<std::string>> Store::read_note(const StoreEntry& entry,
                                                    std::string_view suffix) const {
  const auto path = path_of(entry) + std::string(suffix);
  const UniqueFd fd = open_to_read(path);
  if (!fd && errno == ENOENT) return std::optional<std::string>();
  if (!fd) return Error::from_errno("cannot open the store's " + path, errno);
  auto text = read_all(fd.get(), largest_note);
  if (!text) return std::move(text).error().within(path);
  return std::optional(*std::move(text));
}

Result<void> Store::write_note(const StoreEntry& entry, std::string_view suffix,
                               std::string_view text) const {
  const auto path = path_of(entry) + std::string(suffix);
  if (auto made = make_folder(folder_of(path), 0700); !made) return made;
  auto pending = begin_named();
  if (!pending) return std::move(pending).error();
  if (auto written = write_all(pending->fd(), text); !written)
    return std::move(written).error().within(path);
  if (::fchmod(pending->fd(), mode_of(entry)) != 0 || ::fsync(pending->fd()) != 0 ||
      ::rename(pending->path_.c_str(), path.c_str()) != 0) {
    return Error::from_errno("cannot write " + path, errno);
  }
  pending->path_.clear();
  return sync_folder(folder_of(path));
}

std::string Store::temporary_path() const {
  std::uint64_t number = 0;
  static_cast<void>(!::getrandom(&number, sizeof number, 0));
  return root_ + "/tmp/" + std::to_string(::getpid()) + "-" + std::to_string(number);
}

Result<PendingEntry> Store::begin() const {
  const auto folder = root_ + "/tmp";
  UniqueFd unnamed(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (unnamed) return PendingEntry(std::move(unnamed), {});
  if (errno != EOPNOTSUPP && errno != EISDIR) {
    return Error::from_errno("cannot make a file in " + folder, errno);
  }

  return begin_named();  // no O_TMPFILE here (NFS)
}

/// A name, and a lock that tells others that its maker lives.
Result<PendingEntry> Store::begin_named() const {
  // Until it is locked, another preparation may take the new file for one that a killed process
  // left.
  constexpr int most_attempts = 100;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    auto path = temporary_path();
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) return Error::from_errno("cannot make " + path, errno);
    PendingEntry pending(std::move(fd), path);
    if (lock_now(pending.fd()) && still_named(pending.fd(), path)) return pending;
  }
  return Error{"cannot lock a new file in " + root_ + "/tmp",
               "the store's file system must know flock, on all nodes", 0, Fault::node};
}

Result<UniqueFd> Store::scratch_file() const {
  auto pending = begin();
  if (!pending) return std::move(pending).error();
  if (!pending->path_.empty()) ::unlink(std::exchange(pending->path_, {}).c_str());
  return std::move(pending->fd_);
}

Result<void> Store::commit(PendingEntry pending, const StoreEntry& entry) const {
  const auto path = path_of(entry);
  if (auto made = make_folder(folder_of(path), 0700); !made) return made;
  if (::fchmod(pending.fd(), mode_of(entry)) != 0 || ::fsync(pending.fd()) != 0) {
    return Error::from_errno("cannot finish " + path, errno,
                             errno == ENOSPC || errno == EDQUOT ? Fault::try_again : Fault::node);
  }
  const auto source =
      pending.path_.empty() ? "/proc/self/fd/" + std::to_string(pending.fd()) : pending.path_;
  if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0 &&
      errno != EEXIST) {
    return Error::from_errno("cannot file " + path, errno);
  }
  return sync_folder(folder_of(path));
}

Result<std::vector<StoredEntry>> Store::list() const {
  std::vector<StoredEntry> entries;
  add_entries(root_ + "/public", std::nullopt, entries);
  for (const auto& name : names_in(root_ + "/users")) {
    uid_t owner = 0;
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), owner);
    if (failure != std::errc{} || end != name.data() + name.size()) continue;
    add_entries(root_ + "/users/" + name, owner, entries);
  }
  std::ranges::stable_sort(entries, {}, [](const StoredEntry& stored) {
    return std::tie(stored.last_used.tv_sec, stored.last_used.tv_nsec);
  });
  return entries;
}

Result<void> Store::make_room(std::uint64_t bytes) const {
  const auto entries = list();
  if (!entries) return entries.error();
  std::uint64_t used = 0;
  for (const auto& stored : *entries) used += stored.bytes;
  const auto fits = [&] { return bytes <= quota_ && used <= quota_ - bytes; };

  const time_t spared_from = ::time(nullptr) - grace_seconds;
  for (const auto& stored : *entries) {
    if (fits() || stored.last_used.tv_sec > spared_from) break;
    if (remove_unless_locked(path_of(stored.entry))) used -= stored.bytes;
  }
  if (fits()) return {};

  std::string what = "the store is full: " + human_bytes(bytes) + " are needed, " +
                     human_bytes(used) + " of its quota of " + human_bytes(quota_) + " are in use";
  if (bytes > quota_)
    what = human_bytes(bytes) + " do not fit into the store's quota of " + human_bytes(quota_);
  return Error{
      std::move(what),
      "submit again when other jobs have ended, or ask an administrator for a larger store_quota",
      ENOSPC, Fault::try_again};
}

Result<void> Store::collect_garbage() const {
  const time_t now = ::time(nullptr);
  for (const auto& name : names_in(lock_folder())) {
    remove_unless_locked(lock_folder() + "/" + name, now - lock_lifetime_seconds);
  }
  auto fits = make_room(0);
  // After it: an entry that went leaves its note alone.
  remove_old_notes(now - note_lifetime_seconds);
  return fits;
}

void Store::remove_old_notes(time_t unused_since) const {
  for (const auto& owner : names_in(root_ + "/users")) {
    const auto folder = root_ + "/users/" + owner;
    for (const auto& name : names_in(folder)) {
      const auto dot = name.find('.');
      if (dot == std::string::npos || !Digest::parse_hex(name.substr(0, dot))) continue;
      if (::access((folder + "/" + name.substr(0, dot)).c_str(), F_OK) == 0) continue;
      remove_unless_locked(folder + "/" + name, unused_since);
    }
  }
}

void Store::remove_leftovers() const {
  for (const auto& name : names_in(root_ + "/tmp")) remove_unless_locked(root_ + "/tmp/" + name);
}

}  // namespace chainer
