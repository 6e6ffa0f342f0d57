// One preparation per key for the whole cluster: a lock on the shared store with a heartbeat.
//
// The producer holds locks/<name> and rewrites a record in it as it gets on. It holds it by flock,
// or, where that does not reach all nodes, by a lease named locks/<name>.lease. Waiters poll. A
// free lock means that the producer has ended, or that its node died. A record that has not changed
// for `patience` means that it hangs: a waiter of the same user then puts a lock of its own in its
// place, and a waiter of another user stops waiting and works beside it, under a lock of that
// user's own. A failure is left in the record, so that those of the same user who waited for this
// flight share it.
//
// Any byte is a sign of life to the producer's own user. The record also says whether bytes come at
// a least rate: no stranger waits for fewer, since what a user's side sends costs it nothing before
// it is verified, and one byte now and then would keep everybody from a public image.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "node/store/lease.hpp"
#include "node/store/lock_kind.hpp"
#include "node/store/pace.hpp"

namespace chainer::store {

/// What a waiter knows of the producer.
struct FlightProgress {
  std::string producer;  ///< its label: "node n2, step 12.0"
  std::string doing;     ///< "image 127.0.0.1:5000/a/b:t"
  std::uint64_t done{0};
  std::uint64_t total{0};  ///< 0 when unknown
};

struct LockRequest;

/// The producer's hold on a key. Let go when destroyed: waiters then look for the entry, and one of
/// them goes on when it is not there.
class StoreLock {
 public:
  StoreLock(StoreLock&&) noexcept = default;
  StoreLock& operator=(StoreLock&&) = delete;
  ~StoreLock();

  /// Says that the producer is alive; cheap to call often, from any thread. `done` counts the bytes
  /// that came, `converted` those of them that were worked on: calls that bring no news, neither in
  /// them nor in `doing`, are no sign of life.
  void beat(std::uint64_t done, std::uint64_t total, std::string_view doing,
            std::uint64_t converted = 0);
  /// A blob came whole and right: worth waiting for, whatever its size.
  void verified();
  /// The store's own work, such as writing to a slow disk: it needs no byte of anybody's.
  void beat_by_itself(std::string_view doing);
  /// Says what another flight says of its life, which this one is waiting for or part of.
  void repeat(const FlightProgress& progress);
  /// From now on `outer` repeats what this one says. It must stay where it is for as long.
  void tell(StoreLock& outer) { outer_ = &outer; }
  /// Ends the flight with an error that everybody who waits gets.
  void fail(const Error& error);

 private:
  friend class LockTaker;
  StoreLock(UniqueFd fd, std::optional<Lease> lease, std::string path, const LockRequest& request);
  void write(std::uint64_t done, std::string_view doing, std::chrono::steady_clock::time_point now);

  std::optional<Lease> lease_;
  UniqueFd fd_;  ///< holds the flock; empty when the flight has ended
  std::string path_;
  std::unique_ptr<std::mutex> mutex_{std::make_unique<std::mutex>()};  ///< of what follows
  uid_t owner_;
  FlightProgress progress_;
  Pace pace_;
  std::uint64_t counted_{0};  ///< bytes that the pace knows of
  std::uint64_t beats_{0};
  std::chrono::steady_clock::time_point written_{};
  StoreLock* outer_{nullptr};
};

/// Beats a lock by itself for as long as it lives, once a second.
class OwnWork {
 public:
  OwnWork(StoreLock& lock, std::string doing)
      : beats_([&lock, doing = std::move(doing)] { lock.beat_by_itself(doing); }) {}

 private:
  EverySecond beats_;
};

/// The producer that we waited for is done: look for the entry again, then take the lock again.
struct FlightEnded {};
/// The producer is another user's, and slower than anybody should wait for.
struct StrangerStalls {};
using LockOutcome = std::variant<StoreLock, FlightEnded, StrangerStalls>;

struct LockRequest {
  std::string folder;  ///< Store::lock_folder()
  std::string name;    ///< file name: owner and key
  std::string label;   ///< ours, for those who wait
  std::chrono::milliseconds patience{30'000};
  std::chrono::milliseconds poll{100};  ///< at first; up to ten times that in a long wait
  std::function<void(const FlightProgress&)> on_wait{};  ///< called at every poll while waiting
  /// Whose preparation it is. A failure is shared with waiters of the same owner only: else anybody
  /// could make everybody's preparation of a public image fail by starting it first.
  uid_t owner{0};
  std::uint64_t least_rate{std::uint64_t{1} << 20};  ///< bytes per second that strangers wait for
  LockKind kind{LockKind::flock};
  /// With leases: after how long without a sign a producer counts as dead.
  std::chrono::milliseconds silence{LeaseWatch::usual_silence};
};

/// Takes the lock, or waits for whoever has it. A failure of the producer that we waited for comes back
/// as our error, with its fault and hint; one of our own step has told it. Order of use: look for
/// the entry, take the lock, look again.
Result<LockOutcome> take_or_wait(const LockRequest& request);

}  // namespace chainer::store
