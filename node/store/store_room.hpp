// What a preparation may put on the store's disk, and what has to go for it.
//
// Bytes that a user's side sends are worth nothing until they hash to the digest that they came
// for, so there are two rules:
//
//   verified bytes    evict what nobody has used for longest, down to a reserve below the quota
//   all other bytes   evict nothing but their own user's entries; they must fit into what is free,
//                     which the reserve keeps for them
//
// A user's share bounds both, with what that user has brought before. What a preparation holds
// stands in a file in locks/ that it keeps locked, so that all others count it from then on; they
// decide one at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/preparation_work.hpp"
#include "core/result.hpp"
#include "node/store/store.hpp"

namespace chainer::store {

class StoreRoom {
 public:
  /// Room for a preparation of `user`, which holds nothing yet.
  static Result<StoreRoom> open(const Store& store, uid_t user);

  StoreRoom(StoreRoom&&) noexcept = default;
  StoreRoom& operator=(StoreRoom&&) = delete;
  ~StoreRoom() = default;  ///< gives back what is held

  /// Bytes of one preparation.
  struct Amount {
    std::uint64_t verified{0};
    std::uint64_t unverified{0};
    std::uint64_t bytes() const { return verified + unverified; }
  };
  // What it has in all of either kind of file: spools of what comes in, and the entry that is being
  // written. From any thread; cheap unless it grew much. An error, with nothing more held, when
  // there is no room.
  Result<void> hold_spools(const Amount& amount);
  Result<void> hold_output(const Amount& amount);
  /// What has gone for this preparation so far. Not while another thread asks for room.
  const Evicted& evicted() const { return evicted_; }

  /// An error when `bytes` can never fit into the store, or into the user's share of it.
  static Result<void> can_ever_fit(const Store& store, std::uint64_t bytes);
  /// Evicts what nobody has used for longest, until the store is under its quota and the reserve is
  /// free. An error when the store stays over its quota.
  static Result<void> restore_reserve(const Store& store);

  /// What a file of the store says that its preparation holds; empty when it is none of these
  /// files, or when the preparation has ended without giving it back: then the file goes.
  struct Holding {
    uid_t user{0};
    Amount amount{};
  };
  static std::optional<Holding> read_holding(const Store& store, const std::string& path);

 private:
  StoreRoom(const Store& store, uid_t user, PendingEntry file)
      : store_(&store), user_(user), file_(std::move(file)) {}
  Result<void> hold_both();
  Result<void> write(const Amount& amount);

  const Store* store_;
  uid_t user_;
  PendingEntry file_;
  std::unique_ptr<std::mutex> mutex_{std::make_unique<std::mutex>()};  ///< of what follows
  Amount spools_{};
  Amount output_{};
  Amount held_{};  ///< what the file says: at least the sum of both
  Evicted evicted_{};
};

}  // namespace chainer::store
