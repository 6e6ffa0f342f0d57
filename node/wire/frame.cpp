#include "node/wire/frame.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/fd_io.hpp"

namespace chainer::wire {
namespace {

struct Header {
  std::uint16_t type;
  std::uint16_t stream;
  std::uint32_t length;
};
static_assert(sizeof(Header) == 8);

/// Reads `size` bytes unless the pipe ends; gives the number of bytes read.
Result<std::size_t> read_fully(int fd, char* bytes, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = read_some(fd, bytes + done, size - done);
    if (got < 0) return Error::from_errno("cannot read from the other side", errno, Fault::defect);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace

Result<std::optional<Frame>> FrameReader::read() {
  Header header{};
  TRY_ASSIGN(const auto got, read_fully(fd_, reinterpret_cast<char*>(&header), sizeof header));
  if (got == 0) return std::optional<Frame>{};
  if (got < sizeof header) return ended_early(from_);
  if (header.length > largest_frame) {
    return nonsense_of(from_, "sent a message of " + std::to_string(header.length) + " bytes");
  }

  payload_.resize(header.length);
  TRY_ASSIGN(const auto body, read_fully(fd_, payload_.data(), payload_.size()));
  if (body < payload_.size()) return ended_early(from_);
  return std::optional(Frame{static_cast<FrameType>(header.type), header.stream, payload_});
}

Result<Frame> FrameReader::expect() {
  TRY_ASSIGN(auto frame, read());
  if (!frame) return ended_early(from_);
  return *frame;
}

Result<void> FrameWriter::write(FrameType type, std::string_view payload, std::uint16_t stream) {
  if (payload.size() > largest_frame) {
    return Error{"cannot send a message of " + std::to_string(payload.size()) + " bytes", "", 0,
                 Fault::defect};
  }
  Header header{static_cast<std::uint16_t>(type), stream,
                static_cast<std::uint32_t>(payload.size())};
  std::array<iovec, 2> parts{iovec{&header, sizeof header},
                             iovec{const_cast<char*>(payload.data()), payload.size()}};
  std::size_t left = sizeof header + payload.size();
  while (left > 0) {
    const ssize_t put = ::writev(fd_, parts.data(), static_cast<int>(parts.size()));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EPIPE) return ended_early(to_);
    if (put < 0) return Error::from_errno("cannot write to the other side", errno, Fault::defect);

    left -= static_cast<std::size_t>(put);
    auto taken = static_cast<std::size_t>(put);
    for (auto& part : parts) {
      const std::size_t step = std::min(taken, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + step;
      part.iov_len -= step;
      taken -= step;
    }
  }
  return {};
}

void enlarge_pipe(int fd, int bytes) { static_cast<void>(::fcntl(fd, F_SETPIPE_SZ, bytes)); }

}  // namespace chainer::wire
