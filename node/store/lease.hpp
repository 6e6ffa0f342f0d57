// A lock for file systems whose own locks do not reach all nodes: a name that one process makes and
// keeps renewing.
//
// The name is made by link, which on every file system succeeds for one process only. Its file
// holds a random number, and a count that a thread of the owner's raises once a second. Whoever
// waits reads it anew each time. A count that has not changed for `silence` belongs to an owner
// that is gone, and one of those who wait puts a lease of its own in its place; which one is
// settled by a link too, to a name that holds the lost lease's number.
//
// Attributes that a node caches, and changes that take seconds to be seen, cost time here, but
// never make a second owner. There can be a second one where an owner cannot write for longer than
// `silence`. What is then made twice is the same, since entries are named by their content and
// filed by a link.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer::store {

/// Does something at once and then once a second, in a thread, for as long as it lives.
class EverySecond {
 public:
  explicit EverySecond(std::function<void()> work);
  EverySecond(const EverySecond&) = delete;
  EverySecond& operator=(const EverySecond&) = delete;
  ~EverySecond();

 private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
  bool done_{false};
  std::thread thread_;
};

/// Held until it is destroyed.
class Lease {
 public:
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();

 private:
  friend class LeaseWatch;
  struct Kept;
  explicit Lease(std::unique_ptr<Kept> kept);
  std::unique_ptr<Kept> kept_;
};

/// Somebody who wants the lease of a name, and what it has seen of the present owner.
class LeaseWatch {
 public:
  static constexpr std::chrono::milliseconds usual_silence{10'000};

  explicit LeaseWatch(std::string path, std::chrono::milliseconds silence = usual_silence)
      : path_(std::move(path)), silence_(silence) {}

  /// The lease, if the name is free or its owner has been silent for long enough while we looked.
  /// Empty when somebody has it. To be called again and again while one waits.
  Result<std::optional<Lease>> try_take();
  /// The lease, whether its owner lives or not. Empty when somebody else is doing the same.
  Result<std::optional<Lease>> take_over();

 private:
  using Clock = std::chrono::steady_clock;

  /// What a name has shown, and since when.
  struct Shown {
    std::optional<std::string> text{};
    Clock::time_point since{};
    Clock::duration look_at(const std::string& path);
  };

  Result<std::optional<Lease>> succeed(const std::string& number);

  std::string path_;
  std::chrono::milliseconds silence_;
  Shown owner_{};
  Shown successor_{};
};

}  // namespace chainer::store
