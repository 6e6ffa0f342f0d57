#include "node/store/store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>
#include <tuple>

#include "core/fd_io.hpp"
#include "core/result.hpp"
#include "core/store_absence.hpp"
#include "node/store/entry_seal.hpp"
#include "node/store/store_file.hpp"
#include "node/store/store_room.hpp"

namespace chainer::store {
namespace {

namespace fs = std::filesystem;

constexpr time_t lock_lifetime_seconds = 24 * 3600;
// How long an unused answer to a question is kept. Without it its owner has to resolve again.
constexpr time_t note_lifetime_seconds = 30 * 24 * 3600;
constexpr time_t abandoned_after_seconds = 120;
constexpr std::size_t largest_note = std::size_t{16} << 20;
// Of the notes that stand beside no entry, a user's newest stay, as many as this in a folder and as
// much as this part of the user's share. A person asks far fewer questions in a month.
constexpr std::size_t most_lone_notes = 512;
constexpr std::uint64_t lone_notes_divisor = 8;
constexpr std::string_view layout_number = "2\n";

/// Makes a folder of the given mode, whatever the umask.
Result<void> make_folder(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0) {
    if (errno == EEXIST) return {};
    return Error::from_errno("cannot make the folder " + path, errno)
        .with_hint("the store's folder must exist and belong to the store's account");
  }
  if (::chmod(path.c_str(), mode) != 0) return Error::from_errno("cannot chmod " + path, errno);
  return {};
}

bool is_regular_file(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
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

// So many may come between a file and its name.
constexpr int most_questions = 100;

/// One's own, or what a killed process left. False, with errno, where there is none.
bool takes_question_back(const std::string& path) { return ::rmdir(path.c_str()) == 0; }

UniqueFd open_to_read(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

/// NFS gives an exclusive lock only to a descriptor that may write.
UniqueFd open_to_lock(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// What a file takes on the disk: a sparse file less than its size, a small one a whole block.
std::uint64_t bytes_on_disk(const struct stat& status) {
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(status.st_blocks) * 512,
                                 static_cast<std::uint64_t>(status.st_size));
}

std::optional<uid_t> parse_uid(std::string_view text) {
  uid_t uid = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), uid);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return uid;
}

std::vector<std::string_view> components_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

/// The user whose folder a path of the store lies in.
std::optional<uid_t> user_of(const std::vector<std::string_view>& parts) {
  return parts.size() > 2 && parts[0] == "users" ? parse_uid(parts[1]) : std::nullopt;
}

/// The entry that a path of the store names; empty for everything else that lies there.
std::optional<StoreEntry> entry_at(const std::vector<std::string_view>& parts) {
  if (parts.size() < 3) return std::nullopt;
  const auto user = user_of(parts);
  if (parts.size() != (user ? 4u : 3u)) return std::nullopt;
  const auto kind = entry_kind_named(parts[parts.size() - 2]);
  const auto key = Digest::parse_hex(parts.back());
  if (!kind || !key) return std::nullopt;
  if (user) return StoreEntry{*kind, *key, Audience::only(*user)};
  if (parts[0] == "public") return StoreEntry{*kind, *key, Audience::everyone()};
  if (parts[0] == "shared") return StoreEntry{*kind, *key, Audience::sharers()};
  return std::nullopt;
}

std::optional<uid_t> who_brought(const std::string& path) {
  const UniqueFd fd = open_to_read(path);
  const auto seal = fd ? read_seal(fd.get()) : Result<EntrySeal>(Error{});
  return seal ? std::optional(seal->brought_by) : std::nullopt;
}

/// Every regular file below `root`, by its path from there, as far as it can be read.
template <typename Visit>
void visit_files(const std::string& root, const std::string& below, const Visit& visit) {
  for (const auto& name : names_in(root + "/" + below)) {
    const auto path = below.empty() ? name : below + "/" + name;
    struct stat status {};
    if (::lstat((root + "/" + path).c_str(), &status) != 0) continue;
    if (S_ISDIR(status.st_mode)) visit_files(root, path, visit);
    if (S_ISREG(status.st_mode)) visit(path, status);
  }
}

}  // namespace

PendingEntry::~PendingEntry() {
  if (fd_ && !path_.empty()) ::unlink(path_.c_str());
}

Result<Store> Store::open(std::string root, StoreLimits limits, StoreSharing sharing) {
  Store store(std::move(root), limits, sharing);
  for (const auto* name : {"/locks", "/tmp"}) {
    TRY(make_folder(store.root_ + name, 0700));
  }
  TRY(store.set_aside_earlier_layout());
  for (const auto& [name, mode] :
       {std::pair{"/public", 0755}, {"/shared", 0700}, {"/users", 0700}, {"/set-aside", 0700}}) {
    TRY(make_folder(store.root_ + name, static_cast<mode_t>(mode)));
  }
  store.remove_leftovers();
  return store;
}

/// An earlier release filed what was presented as one kind of document under the digest of another:
/// nobody can say which of its entries hold what their names promise.
Result<void> Store::set_aside_earlier_layout() {
  const auto layout = root_ + "/layout";
  if (is_regular_file(layout)) return {};
  // Several nodes meet the old store at once: one moves it.
  TRY_ASSIGN(const auto turn, take_turn(lock_folder() + "/.layout", lock_kind_));
  if (is_regular_file(layout)) return {};
  if (uncovers("layout")) return {};
  TRY(make_folder(root_ + "/set-aside", 0700));
  const auto place = root_ + "/set-aside/earlier-" + std::to_string(::time(nullptr));
  for (const auto* name : {"public", "users"}) {
    const auto old = root_ + "/" + name;
    if (::access(old.c_str(), F_OK) != 0) continue;
    TRY(make_folder(place, 0700));
    if (::rename(old.c_str(), (place + "/" + name).c_str()) != 0)
      return Error::from_errno("cannot set " + old + " aside", errno);
    set_aside_ = place;
  }
  return write_note("layout", layout_number);
}

Result<std::optional<UniqueFd>> Store::open_file(const std::string& path) const {
  UniqueFd fd = open_to_read(root_ + "/" + path);
  if (!fd && is_absent(errno)) return std::optional<UniqueFd>();
  if (!fd) return Error::from_errno("cannot open the store's " + path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && is_absent(status)) return std::optional<UniqueFd>();
  return std::optional(std::move(fd));
}

bool Store::is_leaving(const StoreEntry& entry, int fd) const {
  constexpr int most_tries = 200;
  constexpr auto pause = std::chrono::milliseconds(10);
  const auto path = path_of(entry);
  for (int i = 0; i < most_tries; ++i, std::this_thread::sleep_for(pause)) {
    const bool is_locked = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!is_locked) return !still_named(fd, path);
  }
  // Whoever evicts it was stopped before its last step, which is taken here.
  if (still_named(fd, path)) ::unlink(path.c_str());
  return true;
}

bool Store::uncovers(const std::string& path) const {
  const auto place = root_ + "/" + path;
  // What cannot be made now is not found out: the entry is then made, and filed, a second time.
  if (::mkdir(place.c_str(), 0700) != 0 && errno == ENOENT) {
    if (!make_folders_of(path)) return false;
    ::mkdir(place.c_str(), 0700);
  }
  return !takes_question_back(place) && errno == ENOTDIR;
}

Result<bool> Store::touch_note(const std::string& path) const {
  TRY_ASSIGN(const auto file, open_file(path));
  if (!file) return false;
  const timespec now_only_mtime[] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
  if (::futimens(file->get(), now_only_mtime) != 0) {
    return Error::from_errno("cannot mark " + path + " as used", errno);
  }
  return true;
}

Result<std::optional<std::string>> Store::read_note(const std::string& path) const {
  TRY_ASSIGN(const auto file, open_file(path));
  if (!file) return std::optional<std::string>();
  auto text = read_all(file->get(), largest_note);
  if (!text) return std::move(text).error().within(path);
  return std::optional(*std::move(text));
}

Result<void> Store::write_note(const std::string& note, std::string_view text) const {
  const auto path = root_ + "/" + note;
  TRY(make_folders_of(note));
  TRY_ASSIGN(auto pending, begin_named("tmp/"));
  if (auto written = write_all(pending.fd(), text); !written)
    return std::move(written).error().within(path);
  if (::fsync(pending.fd()) != 0) return Error::from_errno("cannot write " + path, errno);
  for (int questions = 0; ::rename(pending.path_.c_str(), path.c_str()) != 0; ++questions) {
    if (errno != EISDIR || questions == most_questions)
      return Error::from_errno("cannot write " + path, errno);
    takes_question_back(path);
  }
  pending.path_.clear();
  if (note.starts_with("users/")) remove_surplus_notes(folder_of(note));
  return sync_folder(folder_of(path));
}

/// The folders that lead to a file of the store. Names of public entries can be listed.
Result<void> Store::make_folders_of(const std::string& path) const {
  const mode_t mode = path.starts_with("public/") ? 0755 : 0700;
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    TRY(make_folder(root_ + "/" + path.substr(0, slash), mode));
  }
  return {};
}

Result<PendingEntry> Store::begin() const {
  const auto folder = root_ + "/tmp";
  UniqueFd unnamed(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (unnamed && ::fchmod(unnamed.get(), 0600) == 0) return PendingEntry(std::move(unnamed), {});
  if (errno != EOPNOTSUPP && errno != EISDIR) {
    return Error::from_errno("cannot make a file in " + folder, errno);
  }

  return begin_named("tmp/");  // no O_TMPFILE here (NFS)
}

bool Store::is_abandoned(int fd) const {
  if (lock_kind_ == LockKind::flock) return lock_now(fd);
  // A living maker marks it each second; what another node sees of that may be a minute old.
  return is_older(fd, time_at(lock_folder()) - abandoned_after_seconds);
}

/// The time is read after the open, which on NFS asks the server.
bool Store::remove_unless_held(const std::string& path, std::optional<time_t> unused_since) const {
  const UniqueFd fd = open_to_lock(path);
  if (!fd || !is_abandoned(fd.get()) || !still_named(fd.get(), path)) return false;
  if (unused_since && !is_older(fd.get(), *unused_since)) return false;
  return ::unlink(path.c_str()) == 0;
}

/// Makes a file with a name. Its lock tells others that its maker lives.
Result<PendingEntry> Store::begin_named(const std::string& prefix) const {
  // Until it is locked, another preparation may take the new file for one that a killed process
  // left.
  constexpr int most_attempts = 100;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    auto path =
        root_ + "/" + prefix + std::to_string(::getpid()) + "-" + std::to_string(random_number());
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) return Error::from_errno("cannot make " + path, errno);
    PendingEntry pending(std::move(fd), path);
    if (::fchmod(pending.fd(), 0600) != 0) return Error::from_errno("cannot chmod " + path, errno);
    if (lock_kind_ == LockKind::lease) {
      pending.renewal_ = std::make_unique<EverySecond>(
          [fd = pending.fd()] { static_cast<void>(!::futimens(fd, nullptr)); });
      return pending;
    }
    if (lock_now(pending.fd()) && still_named(pending.fd(), path)) return pending;
  }
  return Error{"cannot lock a new file in " + root_,
               "the store's file system must know flock, on all nodes", 0, Fault::node};
}

Result<UniqueFd> Store::scratch_file() const {
  auto pending = begin();
  if (!pending) return std::move(pending).error();
  if (!pending->path_.empty()) ::unlink(std::exchange(pending->path_, {}).c_str());
  return std::move(pending->fd_);
}

Result<void> Store::commit(PendingEntry pending, const StoreEntry& entry, uid_t brought_by) const {
  const auto path = path_of(entry);
  TRY(make_folders_of(entry.path()));
  if (auto sealed = seal_entry(pending.fd(), brought_by); !sealed)
    return std::move(sealed).error().within("cannot finish " + path);
  if (::fsync(pending.fd()) != 0) {
    return Error::from_errno("cannot finish " + path, errno,
                             errno == ENOSPC || errno == EDQUOT ? Fault::try_again : Fault::node);
  }
  const auto source =
      pending.path_.empty() ? "/proc/self/fd/" + std::to_string(pending.fd()) : pending.path_;
  const auto filed = [&] {
    return ::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
  };
  for (int questions = 0; !filed(); ++questions) {
    if (errno != EEXIST) return Error::from_errno("cannot file " + path, errno);
    // What is no question is the same entry, which another one has filed.
    if (questions == most_questions || !(takes_question_back(path) || errno == ENOENT)) break;
  }
  return sync_folder(folder_of(path));
}

std::vector<StoredEntry> Store::list() const { return usage().entries; }

StoreUsage Store::usage() const {
  StoreUsage usage;
  const auto count = [&](std::uint64_t bytes, std::optional<uid_t> user) {
    usage.bytes += bytes;
    if (user) usage.by_user[*user] += bytes;
  };
  visit_files(root_, "", [&](const std::string& path, const struct stat& status) {
    // These are counted by what their makers hold for them, since most of what is under way has no
    // name.
    if (path.starts_with("tmp/")) return;
    if (const auto held = StoreRoom::read_holding(*this, root_ + "/" + path)) {
      count(held->amount.bytes(), held->user);
      usage.unverified += held->amount.unverified;
    }
    const auto parts = components_of(path);
    const auto bytes = bytes_on_disk(status);
    const auto entry = entry_at(parts);
    if (!entry) return count(bytes, user_of(parts));
    const auto by =
        entry->audience.user() ? entry->audience.user() : who_brought(root_ + "/" + path);
    count(bytes, by);
    if (by) ++usage.entries_by_user[*by];
    usage.entries.push_back({*entry, bytes, status.st_mtim, by});
  });
  std::ranges::stable_sort(usage.entries, {}, [](const StoredEntry& stored) {
    return std::tie(stored.last_used.tv_sec, stored.last_used.tv_nsec);
  });
  return usage;
}

bool Store::evict(const StoreEntry& entry) const {
  std::optional<time_t> unused_since;
  if (lock_kind_ == LockKind::lease)
    unused_since = time_at(lock_folder()) - time_t{sharing_.keep_used_days} * 24 * 3600;
  if (!remove_unless_held(path_of(entry), unused_since)) return false;
  ::unlink((path_of(entry) + ".lock").c_str());
  ::unlink(base_note_path(path_of(entry)).c_str());
  if (entry.audience.is_sharers()) remove_grants(entry);
  return true;
}

/// Whoever may use a shared entry has to show its bytes anew when the entry comes back.
void Store::remove_grants(const StoreEntry& entry) const {
  for (const auto& name : names_in(root_ + "/users")) {
    const auto user = parse_uid(name);
    if (user) ::unlink((root_ + "/" + grant_path(entry.kind, entry.key, *user)).c_str());
  }
}

std::uint64_t Store::remove_one_set_aside() const {
  std::uint64_t freed = 0;
  visit_files(root_ + "/set-aside", "", [&](const std::string& path, const struct stat& status) {
    if (freed == 0 && ::unlink((root_ + "/set-aside/" + path).c_str()) == 0)
      freed = bytes_on_disk(status);
  });
  return freed;
}

Result<std::string> Store::set_aside(const StoreEntry& entry) const {
  const auto place = root_ + "/set-aside/damaged-" + std::string(name_of(entry.kind)) + "-" +
                     entry.key.hex() + "-" + std::to_string(random_number());
  // Another preparation may have been faster.
  if (::rename(path_of(entry).c_str(), place.c_str()) != 0 && errno != ENOENT)
    return Error::from_errno("cannot set " + path_of(entry) + " aside", errno);
  return place;
}

void Store::collect_garbage() const {
  const time_t now = ::time(nullptr);
  for (const auto& name : names_in(lock_folder())) {
    remove_unless_held(lock_folder() + "/" + name, now - lock_lifetime_seconds);
  }
  std::error_code ignored;
  for (const auto& name : names_in(root_ + "/set-aside"))
    fs::remove_all(root_ + "/set-aside/" + name, ignored);
  remove_old_notes(now - note_lifetime_seconds);
}

void Store::remove_old_notes(time_t unused_since) const {
  visit_files(root_, "users", [&](const std::string& path, const struct stat&) {
    if (is_lone_note(path)) remove_unless_held(root_ + "/" + path, unused_since);
  });
}

/// Nobody else's preparation proves what a note says, and no entry gives way for one: without an end
/// to them a user could fill the store with answers to questions that nobody has.
void Store::remove_surplus_notes(const std::string& folder) const {
  struct Note {
    timespec last_used;
    std::uint64_t bytes;
    std::string path;
  };
  std::vector<Note> notes;
  visit_files(root_, folder, [&](const std::string& path, const struct stat& status) {
    if (is_lone_note(path)) notes.push_back({status.st_mtim, bytes_on_disk(status), path});
  });
  std::ranges::sort(notes, std::greater(), [](const Note& note) {
    return std::tie(note.last_used.tv_sec, note.last_used.tv_nsec);
  });
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    bytes += notes[i].bytes;
    const bool fits = bytes <= limits_.per_user.bytes() / lone_notes_divisor;
    if (i > 0 && (i >= most_lone_notes || !fits)) ::unlink((root_ + "/" + notes[i].path).c_str());
  }
}

/// Whether a path of the store is that of a note, and no entry stands beside it.
bool Store::is_lone_note(const std::string& path) const {
  const auto start = path.rfind('/') + 1;
  const auto dot = path.find('.', start);
  if (dot == std::string::npos || !Digest::parse_hex(path.substr(start, dot - start))) return false;
  return ::access((root_ + "/" + path.substr(0, dot)).c_str(), F_OK) != 0;
}

void Store::remove_leftovers() const {
  for (const auto& name : names_in(root_ + "/tmp")) remove_unless_held(root_ + "/tmp/" + name);
}

}  // namespace chainer::store
