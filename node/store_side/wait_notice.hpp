// What a person sees while another node prepares what this one needs. Of a step with many nodes that
// is one line at a time, not one for each node: a producer of the same step speaks for all, and of
// one elsewhere the step's first node tells.
#pragma once

#include <string>

#include "node/store/store_lock.hpp"
#include "node/store_side/session.hpp"
#include "node/wire/line_pace.hpp"

namespace chainer::store_side {

class WaitNotice {
 public:
  WaitNotice(const StoreSession& session, std::string what)
      : session_(session), what_(std::move(what)) {}

  /// Says whom it waits for, and how far that one is, now and then.
  void update(const store::FlightProgress& progress);
  /// Says that this node does now what it waited for; nothing where it has not waited.
  void takes_over() const;

 private:
  const StoreSession& session_;
  std::string what_;
  std::string producer_{};  ///< its label
  wire::LinePace pace_{};
};

}  // namespace chainer::store_side
