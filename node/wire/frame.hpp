// One message between the two sides of a preparation: a small header and its payload in a pipe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "node/wire/peer.hpp"

namespace chainer::wire {

/// What a frame says. node/wire/protocol.hpp describes who sends which when; payloads are JSON
/// texts unless said otherwise. Both ends come from one build, so the numbers may change between
/// releases.
enum class FrameType : std::uint16_t {
  // user side → store side
  hello = 1,     ///< Hello: the first frame but for signs of life
  document = 2,  ///< raw bytes of an image's manifest or config, as root has asked
  data = 3,      ///< raw bytes of the stream that the header names
  end = 4,       ///< the stream that the header names is complete; no payload
  alive = 5,     ///< the user side is at work without sending bytes: Alive
  // store side → user side
  send = 16,   ///< SendRequest: which streams to send
  ready = 17,  ///< Ready: the entry is in the store; nothing more is wanted
  show = 18,   ///< nobody has made the image of this digest: its document is wanted; no payload
  // either way
  failure = 24,  ///< Failure: the sender failed and has printed why; the receiver ends quietly
  // environments: node/environment/environment_request.hpp
  environment_lock = 32,     ///< the text of an environment lock, either way
  environment_resolve = 33,  ///< store side: nobody has resolved this yet; no payload
  environment_build = 34,    ///< store side: the tree is wanted, and which
};

/// A received frame; `payload` lives until the reader's next read.
struct Frame {
  FrameType type{};
  std::uint16_t stream{0};  ///< which stream `data` and `end` are about, else 0
  std::string_view payload;
};

/// A larger payload is refused by both ends: it bounds what a hostile peer makes us hold.
inline constexpr std::size_t largest_frame = std::size_t{1} << 20;

/// The good size for `data`: few system calls, and two of them fit into a pipe of 1 MiB.
inline constexpr std::size_t data_frame_size = std::size_t{256} << 10;

/// Reads frames from a pipe that it does not own.
class FrameReader {
 public:
  FrameReader(int fd, Peer from) : fd_(fd), from_(from) {}

  /// Empty at the end of the pipe; an end within a frame is an error (`try_again`: the peer died).
  Result<std::optional<Frame>> read();
  /// As `read`, where the end of the pipe is an error too.
  Result<Frame> expect();

 private:
  int fd_;
  Peer from_;
  std::string payload_;
};

/// Writes frames to a pipe that it does not own, whose reader is `to`. SIGPIPE must be ignored: a
/// peer that is gone is an error (EPIPE, `try_again`).
class FrameWriter {
 public:
  FrameWriter(int fd, Peer to) : fd_(fd), to_(to) {}

  Result<void> write(FrameType type, std::string_view payload, std::uint16_t stream = 0);

 private:
  int fd_;
  Peer to_;
};

/// Makes a pipe hold `bytes`; a refusal only costs speed and is ignored.
void enlarge_pipe(int fd, int bytes);

}  // namespace chainer::wire
