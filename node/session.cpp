#include "node/session.hpp"

namespace chainer {
namespace {

Result<Served> serve(StoreSession& session) {
  const auto first = session.receive();
  if (!first) return first.error();
  if (first->type != FrameType::hello) {
    return Error{"the other side did not greet", "", 0, Fault::defect};
  }
  const auto hello = Hello::decode(first->payload);
  if (!hello) return hello.error();
  if (hello->kind == PreparationKind::image) return serve_image(session, *hello);
  return serve_environment(session, *hello);
}

}  // namespace

Result<Frame> StoreSession::receive() {
  auto frame = reader_.expect();
  if (!frame || frame->type != FrameType::failure) return frame;
  const auto failure = Failure::decode(frame->payload);
  if (!failure) return failure.error();
  peer_printed_ = true;
  return failure->error;
}

StoreVerdict serve_preparation(StoreSession& session) {
  const auto served = serve(session);
  if (served) {
    // A user's side that is gone by now changes nothing: the entry is there.
    static_cast<void>(session.send(FrameType::ready, served->ready.encode()).has_value());
    return {Outcome::ready, served->entry};
  }
  if (!session.peer_printed()) {
    session.say(failure_message(session.label, served.error()));
    static_cast<void>(session.send(FrameType::failure, Failure{served.error()}.encode()).has_value());
  }
  return {outcome_of(served.error().fault), std::nullopt};
}

}  // namespace chainer
