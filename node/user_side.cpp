#include "node/user_side.hpp"

namespace chainer {

Result<Frame> UserSession::receive() {
  auto frame = reader_.expect();
  if (!frame || frame->type != FrameType::failure) return frame;
  const auto failure = Failure::decode(frame->payload);
  if (!failure) return failure.error();
  peer_printed_ = true;
  return failure->error;
}

int UserSession::fail(const Error& error) {
  if (!peer_printed_) {
    say(failure_message(label, error));
    // A store's side that is gone has nobody left to tell.
    static_cast<void>(send(FrameType::failure, Failure{error}.encode()).has_value());
  }
  return exit_code_of(error.fault);
}

}  // namespace chainer
