// The right to make something for the whole cluster, or the news that somebody else has made it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "node/store/store_lock.hpp"
#include "node/store_side/session.hpp"

namespace chainer::store_side {

/// What is to be made once: a name among locks, and who else may be making it.
struct FlightGoal {
  enum class Makers { everyone, owner };
  std::string what;  ///< for people: "image docker://a/b"
  std::string name;  ///< "manifest-<64 hex>"
  Makers makers{Makers::owner};
  store::StoreLock* outer{nullptr};  ///< a flight of this node's own that this one is part of
  /// The files that it may end with, by their paths from the store's folder.
  std::vector<std::string> fills{};
};

struct Flight {
  std::optional<store::StoreLock> lock;  ///< empty: `found` became true
  double waited{0};                      ///< seconds behind other producers
};

/// The work of a preparation that waited for another one and made nothing.
PreparationWork waited_for(double seconds);

/// Leaves the error of a flight to those who wait behind it, unless only this user's side is gone:
/// that says nothing about the goal, and the next of them tries for itself.
void fail_flight(store::StoreLock& lock, const Error& error);

/// Looks with `found` first, and again after each wait. Waits behind another producer of the same
/// goal, and says so; behind one of another user only as long as that one gets on at the site's
/// minimum rate. After that the goal is pursued beside it, by one preparation of this user's at a
/// time. A failure of a producer of the same user is this one's too.
Result<Flight> take_flight(const StoreSession& session, const FlightGoal& goal,
                           const std::function<Result<bool>()>& found);

}  // namespace chainer::store_side
