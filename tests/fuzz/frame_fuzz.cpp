// What the other side of a preparation sends: frames, and the messages in them.
#include <sys/mman.h>
#include <unistd.h>

#include "core/fd_io.hpp"
#include "core/printable.hpp"
#include "core/unique_fd.hpp"
#include "node/environment/environment_request.hpp"
#include "node/wire/frame.hpp"
#include "node/wire/protocol.hpp"
#include "tests/fuzz/input.hpp"

namespace chainer {
namespace {

void decode_all(std::string_view payload) {
  if (const auto hello = wire::Hello::decode(payload)) {
    must_hold(printable(hello->reference) == hello->reference, "a reference is printable");
    must_hold(wire::Hello::decode(hello->encode()).has_value(),
              "a greeting that was read can be sent");
  }
  if (const auto failure = wire::Failure::decode(payload, wire::Peer::users_side)) {
    const auto& error = failure->error;
    must_hold(printable_lines(error.what) == error.what, "a failure's text is printable");
    must_hold(printable(error.hint) == error.hint, "a failure's hint is printable");
    must_hold(error.error_number >= 0 && error.error_number < 4096, "an errno is one");
  }
  if (const auto alive = wire::Alive::decode(payload)) {
    must_hold(alive->doing.size() <= 200, "a sign of life is short");
  }
  static_cast<void>(wire::SendRequest::decode(payload).has_value());
  static_cast<void>(wire::Ready::decode(payload).has_value());
  static_cast<void>(environment::EnvironmentRequest::decode(payload).has_value());
}

}  // namespace
}  // namespace chainer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  const UniqueFd file(::memfd_create("frames", MFD_CLOEXEC));
  must_hold(write_all(file.get(), text_of(bytes, size)).has_value(), "a memfd can be written");
  ::lseek(file.get(), 0, SEEK_SET);
  wire::FrameReader reader(file.get(), wire::Peer::users_side);
  while (true) {
    const auto frame = reader.read();
    if (!frame || !*frame) break;
    must_hold((*frame)->payload.size() <= wire::largest_frame, "a frame is bounded");
    decode_all((*frame)->payload);
  }
  decode_all(text_of(bytes, size));
  return 0;
}
