// Which side of a preparation a message came from, and what its nonsense means.
#pragma once

#include <string_view>

#include "core/result.hpp"

namespace chainer::wire {

enum class Peer {
  users_side,   ///< runs as the job's user, who may replace it by any program
  stores_side,  ///< runs as the store's account: our own program
};

/// `what` goes on after the side's name: "sent a broken greeting". Nonsense of the user's side is
/// no defect of ours: something replaced or disturbed it. Nonsense of the store's side is one.
Error nonsense_of(Peer peer, std::string_view what);

/// The pipe ended before the preparation did (EPIPE, `try_again`).
Error ended_early(Peer peer);

}  // namespace chainer::wire
