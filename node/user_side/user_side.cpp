#include "node/user_side/user_side.hpp"

#include <cerrno>

#include "core/failure_message.hpp"

namespace chainer::user_side {

Result<void> UserSession::send(wire::FrameType type, std::string_view payload,
                               std::uint16_t stream) {
  auto sent = writer_.write(type, payload, stream);
  if (!sent && sent.error().error_number == EPIPE) peer_is_gone_ = true;
  return sent;
}

Result<wire::Frame> UserSession::receive() {
  auto frame = reader_.expect();
  if (!frame && frame.error().error_number == EPIPE) peer_is_gone_ = true;
  if (!frame || frame->type != wire::FrameType::failure) return frame;
  TRY_ASSIGN(const auto failure, wire::Failure::decode(frame->payload, wire::Peer::stores_side));
  peer_printed_ = true;
  return failure.error;
}

int UserSession::fail(const Error& error) {
  if (!peer_printed_ && !peer_is_gone_) {
    say(failure_message(label, error));
    static_cast<void>(send(wire::FrameType::failure, wire::Failure{error}.encode()).has_value());
  }
  return wire::exit_code_of(error.fault);
}

}  // namespace chainer::user_side
