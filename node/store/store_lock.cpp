#include "node/store/store_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <thread>

#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "core/printable.hpp"
#include "core/result.hpp"
#include "node/store/store_file.hpp"
#include "node/wire/message.hpp"
#include "node/wire/protocol.hpp"

namespace chainer::store {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

// A record is one page, written by one call, so that readers on other nodes see all of it or none.
constexpr std::size_t record_size = 4096;
constexpr std::size_t longest_text = 1500;
constexpr auto shortest_beat = std::chrono::milliseconds(500);

struct Record {
  FlightProgress progress;
  std::uint64_t beats{0};
  bool in_pace{true};
  uid_t owner{0};
  std::optional<Error> failed{};
};

/// The record with no text longer than `longest`.
std::string text_of(const Record& record, std::size_t longest) {
  const auto cut = [&](const std::string& text) { return without_middle(text, longest); };
  json fields{{"producer", cut(record.progress.producer)},
              {"doing", cut(record.progress.doing)},
              {"done", record.progress.done},
              {"total", record.progress.total},
              {"beats", record.beats},
              {"in_pace", record.in_pace},
              {"owner", record.owner}};
  if (record.failed) {
    Error failed = *record.failed;
    failed.what = cut(failed.what);
    failed.hint = cut(failed.hint);
    fields["failed"] = wire::Failure{std::move(failed)}.encode();
  }
  return json_line(fields);
}

void write_record(int fd, const Record& record) {
  // How much a text grows when it is written as JSON depends on its characters.
  std::string text;
  std::size_t longest = longest_text;
  do {
    text = text_of(record, longest);
    longest /= 2;
  } while (text.size() >= record_size && longest > 0);
  text.resize(record_size - 1, ' ');
  text += '\n';
  // A heartbeat that does not get through shows to the waiters as one that is missing.
  static_cast<void>(!::pwrite(fd, text.data(), text.size(), 0));
}

/// Empty while the record is missing or torn.
std::optional<Record> read_record(int fd) {
  std::string text(record_size, '\0');
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  if (got <= 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(got));
  const auto fields = parse_json_object(text, "the lock");
  if (!fields) return std::nullopt;

  Record record{
      {string_member(*fields, "producer"), string_member(*fields, "doing"),
       number_member(*fields, "done").value_or(0), number_member(*fields, "total").value_or(0)},
      number_member(*fields, "beats").value_or(0),
      fields->value("in_pace", json(true)) == json(true),
      static_cast<uid_t>(number_member(*fields, "owner").value_or(0))};
  if (const auto failed =
          wire::Failure::decode(string_member(*fields, "failed"), wire::Peer::stores_side)) {
    record.failed = failed->error;
  }
  return record;
}

enum class Lock { taken, busy };

Result<Lock> try_flock(int fd, const std::string& path) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return Lock::busy;
    return Error::from_errno("cannot lock " + path, errno)
        .with_hint("the store's file system must know flock, on all nodes");
  }
  return Lock::taken;
}

Result<UniqueFd> open_file(const std::string& path, int flags) {
  UniqueFd fd(::open(path.c_str(), flags | O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return Error::from_errno("cannot open " + path, errno);
  return fd;
}

/// The same for the record's file. A node may remember for a while a file that another node has
/// removed, and can then neither open nor make it.
Result<UniqueFd> open_record(const std::string& path) {
  constexpr auto longest_memory = std::chrono::seconds(60);
  constexpr auto pause = std::chrono::milliseconds(100);
  for (const auto end = Clock::now() + longest_memory;; std::this_thread::sleep_for(pause)) {
    auto fd = open_file(path, 0);
    const bool is_memory =
        !fd && (fd.error().error_number == ENOENT || fd.error().error_number == ESTALE);
    if (!is_memory || Clock::now() >= end) return fd;
  }
}

}  // namespace

StoreLock::StoreLock(UniqueFd fd, std::optional<Lease> lease, std::string path,
                     const LockRequest& request)
    : lease_(std::move(lease)),
      fd_(std::move(fd)),
      path_(std::move(path)),
      owner_(request.owner),
      progress_{request.label, {}, 0, 0},
      pace_(request.least_rate, request.patience) {
  write_record(fd_.get(), {progress_, beats_, true, owner_});
}

StoreLock::~StoreLock() {
  // The name goes before the lock does, so that whoever comes next starts with a fresh file.
  if (fd_ && still_named(fd_.get(), path_)) ::unlink(path_.c_str());
}

void StoreLock::beat(std::uint64_t done, std::uint64_t total, std::string_view doing,
                     std::uint64_t converted) {
  const std::lock_guard lock(*mutex_);
  const auto now = Clock::now();
  if (done + converted > counted_) pace_.add(done + converted - counted_, now);
  counted_ = std::max(counted_, done + converted);
  if (done == progress_.done && doing == progress_.doing) return;
  progress_.total = total;
  write(done, doing, now);
}

void StoreLock::verified() {
  const std::lock_guard lock(*mutex_);
  pace_.refill();
}

void StoreLock::beat_by_itself(std::string_view doing) {
  const std::lock_guard lock(*mutex_);
  pace_.refill();
  write(progress_.done, doing, Clock::now());
}

void StoreLock::repeat(const FlightProgress& progress) {
  const std::lock_guard lock(*mutex_);
  pace_.refill();
  progress_.total = progress.total;
  write(progress.done, progress.doing, Clock::now());
}

void StoreLock::write(std::uint64_t done, std::string_view doing, Clock::time_point now) {
  if (now - written_ < shortest_beat || !fd_) return;
  written_ = now;
  progress_.done = done;
  progress_.doing = doing;
  write_record(fd_.get(), {progress_, ++beats_, pace_.is_kept(now), owner_});
  if (outer_ != nullptr) outer_->repeat(progress_);
}

void StoreLock::fail(const Error& error) {
  const std::lock_guard lock(*mutex_);
  write_record(fd_.get(), {progress_, ++beats_, true, owner_, error});
  fd_.reset();
  lease_.reset();
}

/// One attempt to take a lock, over as many files as its name has meanwhile.
class LockTaker {
 public:
  explicit LockTaker(const LockRequest& request)
      : request_(request),
        path_(request.folder + "/" + request.name),
        lease_of_path_(path_ + ".lease", request.silence) {}

  Result<LockOutcome> run() {
    while (true) {
      TRY_ASSIGN(auto fd, open_record(path_));
      TRY_ASSIGN(auto outcome, wait_for(std::move(fd)));
      if (outcome) return *std::move(outcome);
    }
  }

 private:
  using Attempt = Result<std::optional<LockOutcome>>;  // empty: the name leads elsewhere now
  struct Hold {
    std::optional<Lease> lease;  ///< empty: the descriptor holds it
  };

  Attempt wait_for(UniqueFd fd) {
    bool waited = false;
    std::uint64_t seen = 0;
    const auto start = Clock::now();
    auto news = start;
    while (true) {
      TRY_ASSIGN(auto hold, try_to_hold(fd.get()));
      if (hold && waited) return after_flight(fd.get());
      if (hold) return begin_flight(std::move(fd), *std::move(hold));

      const auto record = record_now(fd.get());
      if (!waited || (record && record->beats != seen)) news = Clock::now();
      waited = true;
      if (record) seen = record->beats;
      if (record && request_.on_wait) request_.on_wait(record->progress);

      // A record that cannot be read is not known to be ours.
      const bool is_ours = record && record->owner == request_.owner;
      const bool hangs = Clock::now() - news >= request_.patience;
      if (hangs && is_ours) return take_over(fd.get());
      if (hangs || (record && !is_ours && !record->in_pace))
        return std::optional<LockOutcome>(StrangerStalls{});
      std::this_thread::sleep_for(pause_after(Clock::now() - start));
    }
  }

  /// The longer the wait, the longer the pauses: thousands of nodes may wait on one file system,
  /// and looking a sixteenth of the wait too late loses little.
  Clock::duration pause_after(Clock::duration waited) const {
    return std::clamp<Clock::duration>(waited / 16, request_.poll, 10 * request_.poll);
  }

  Result<std::optional<Hold>> try_to_hold(int fd) {
    if (request_.kind == LockKind::lease) {
      TRY_ASSIGN(auto lease, lease_of_path_.try_take());
      return lease ? std::optional(Hold{std::move(lease)}) : std::nullopt;
    }
    TRY_ASSIGN(const auto lock, try_flock(fd, path_));
    return lock == Lock::taken ? std::optional(Hold{}) : std::nullopt;
  }

  /// What the producer says now. Without locks, a descriptor may show what was: NFS looks for news
  /// when a file is opened.
  std::optional<Record> record_now(int fd) const {
    if (request_.kind == LockKind::flock) return read_record(fd);
    const UniqueFd fresh(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    return fresh ? read_record(fresh.get()) : std::nullopt;
  }

  Attempt begin_flight(UniqueFd fd, Hold hold) {
    if (!still_named(fd.get(), path_)) return std::optional<LockOutcome>();
    return std::optional<LockOutcome>(
        StoreLock(std::move(fd), std::move(hold.lease), path_, request_));
  }

  Attempt after_flight(int fd) {
    const auto record = record_now(fd);
    if (!record || !record->failed || record->owner != request_.owner)
      return std::optional<LockOutcome>(FlightEnded{});
    auto failed = *record->failed;
    failed.is_told = wire::are_of_one_step(record->progress.producer, request_.label);
    return failed;
  }

  /// Takes over from a producer that hangs: a new file gets its name, so that the end of the old
  /// one changes nothing for us.
  Attempt take_over(int stale) {
    // Without it two waiters would both become producers.
    TRY_ASSIGN(const auto turn, take_turn(request_.folder + "/.takeover", request_.kind));
    if (!still_named(stale, path_)) return std::optional<LockOutcome>();
    std::optional<Lease> lease;
    if (request_.kind == LockKind::lease) {
      TRY_ASSIGN(lease, lease_of_path_.take_over());
      if (!lease) return std::optional<LockOutcome>();
    }

    const std::string fresh = path_ + ".new";
    ::unlink(fresh.c_str());  // left by a taker that was killed right here: it is our turn now
    TRY_ASSIGN(auto fd, open_file(fresh, O_EXCL));
    if (!lease) TRY(try_flock(fd.get(), fresh));
    if (::rename(fresh.c_str(), path_.c_str()) != 0) {
      return Error::from_errno("cannot take over " + path_, errno);
    }
    return std::optional<LockOutcome>(StoreLock(std::move(fd), std::move(lease), path_, request_));
  }

  const LockRequest& request_;
  std::string path_;
  LeaseWatch lease_of_path_;
};

Result<LockOutcome> take_or_wait(const LockRequest& request) { return LockTaker(request).run(); }

}  // namespace chainer::store
