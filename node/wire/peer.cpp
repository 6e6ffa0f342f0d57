#include "node/wire/peer.hpp"

namespace chainer::wire {
namespace {

std::string name_of(Peer peer) {
  return peer == Peer::users_side ? "the user's side of the preparation"
                                  : "the store's side of the preparation";
}

}  // namespace

Error nonsense_of(Peer peer, std::string_view what) {
  auto text = name_of(peer) + " " + std::string(what);
  if (peer == Peer::stores_side) return {std::move(text), "", 0, Fault::defect};
  return {std::move(text) + ": it broke, or a program of the job's user took its place",
          "submit again: nothing of what it sent was kept", 0, Fault::user};
}

Error ended_early(Peer peer) {
  return {name_of(peer) + " ended early", "submit again", EPIPE, Fault::try_again};
}

}  // namespace chainer::wire
