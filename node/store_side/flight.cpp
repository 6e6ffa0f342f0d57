#include "node/store_side/flight.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "node/store_side/wait_notice.hpp"

namespace chainer::store_side {
namespace {

using Clock = std::chrono::steady_clock;

store::LockRequest lock_request(const StoreSession& session, const FlightGoal& goal,
                                FlightGoal::Makers makers, WaitNotice& notice) {
  store::LockRequest request{};
  request.folder = session.store.lock_folder();
  request.name =
      (makers == FlightGoal::Makers::everyone ? "public" : std::to_string(session.owner)) + "-" +
      goal.name;
  request.label = session.label;
  request.on_wait = [&notice, outer = goal.outer](const store::FlightProgress& progress) {
    notice.update(progress);
    if (outer != nullptr) outer->repeat(progress);
  };
  request.owner = session.owner;
  request.least_rate = session.least_rate;
  request.kind = session.store.lock_kind();
  return request;
}

bool uncovers_any(const store::Store& store, const std::vector<std::string>& paths) {
  return std::ranges::any_of(paths, [&](const auto& path) { return store.uncovers(path); });
}

}  // namespace

PreparationWork waited_for(double seconds) {
  return seconds > 0 ? PreparationWork{{{Phase::wait, seconds}}} : PreparationWork{};
}

void fail_flight(store::StoreLock& lock, const Error& error) {
  if (error.error_number != EPIPE) lock.fail(error);
}

Result<Flight> take_flight(const StoreSession& session, const FlightGoal& goal,
                           const std::function<Result<bool>()>& found) {
  const auto start = Clock::now();
  auto makers = goal.makers;
  Flight flight{};
  WaitNotice notice(session, goal.what);
  while (true) {
    TRY_ASSIGN(const auto there, found());
    if (there) return flight;

    TRY_ASSIGN(auto outcome, store::take_or_wait(lock_request(session, goal, makers, notice)));
    if (auto* lock = std::get_if<store::StoreLock>(&outcome)) {
      // Between our look and our lock another flight may have landed.
      TRY_ASSIGN(const auto landed, found());
      if (landed) return flight;
      if (uncovers_any(session.store, goal.fills)) {
        TRY_ASSIGN(const auto had_landed, found());
        if (had_landed) return flight;
      }
      notice.takes_over();
      flight.lock.emplace(std::move(*lock));
      if (goal.outer != nullptr) flight.lock->tell(*goal.outer);
      return flight;
    }
    flight.waited = wire::seconds_since(start);
    if (std::holds_alternative<store::StrangerStalls>(outcome)) makers = FlightGoal::Makers::owner;
  }
}

}  // namespace chainer::store_side
