// One preparation per key for the whole cluster: a lock on the shared store with a heartbeat.
//
// The producer holds flock(LOCK_EX) on locks/<name> and rewrites a record in it as verified bytes
// come in. Waiters poll: the lock free means that the producer ended (or its node died); an unchanged
// record for `patience` means that it hangs, and the first waiter to notice puts a lock of its own in
// its place. A failure is left in the record, so that those who waited for this flight share it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// What a waiter knows of the producer.
struct FlightProgress {
  std::string producer;  ///< its label: "node n2, step 12.0"
  std::string doing;     ///< "image 127.0.0.1:5000/a/b:t"
  std::uint64_t done{0};
  std::uint64_t total{0};  ///< 0 when unknown
};

/// The producer's hold on a key. Let go when destroyed: waiters then look for the entry, and one of
/// them goes on when it is not there.
class StoreLock {
 public:
  StoreLock(StoreLock&&) noexcept = default;
  StoreLock& operator=(StoreLock&&) = delete;
  ~StoreLock();

  /// Says that the producer is alive; cheap to call often, from any thread. `done` counts verified
  /// bytes: calls that bring no news, neither in it nor in `doing`, are no sign of life.
  void beat(std::uint64_t done, std::uint64_t total, std::string_view doing);
  /// Ends the flight with an error that everybody who waits gets.
  void fail(const Error& error);

 private:
  friend class LockTaker;
  StoreLock(UniqueFd fd, std::string path, std::string label);

  UniqueFd fd_;  ///< holds the flock; empty when the flight has ended
  std::string path_;
  std::unique_ptr<std::mutex> mutex_{std::make_unique<std::mutex>()};  ///< of what follows
  FlightProgress progress_;
  std::uint64_t beats_{0};
  std::chrono::steady_clock::time_point written_{};
};

/// The producer that we waited for is done: look for the entry again, then take the lock again.
struct FlightEnded {};
using LockOutcome = std::variant<StoreLock, FlightEnded>;

struct LockRequest {
  std::string folder;  ///< Store::lock_folder()
  std::string name;    ///< file name: owner and key
  std::string label;   ///< ours, for those who wait
  std::chrono::milliseconds patience{30'000};
  std::chrono::milliseconds poll{100};
  std::function<void(const FlightProgress&)> on_wait{};  ///< called at every poll while waiting
};

/// Takes the lock or waits for who has it. A failure of the producer that we waited for comes back
/// as our error, with its fault and hint. Order of use: look for the entry, take the lock, look again.
Result<LockOutcome> take_or_wait(const LockRequest& request);

}  // namespace chainer
