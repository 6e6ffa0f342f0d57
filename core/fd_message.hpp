// A text and descriptors over a SOCK_SEQPACKET socket, one message at a time.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

struct FdMessage {
  std::string text;
  std::vector<UniqueFd> fds;
};

inline constexpr std::size_t most_fds_in_message = 16;
inline constexpr std::size_t longest_message_text = 4096;

/// Sends a non-empty text of at most longest_message_text with at most most_fds_in_message fds.
/// A peer that is gone is an error (EPIPE), never a signal.
Result<void> send_message(int socket, std::string_view text, std::span<const int> fds);

/// Takes the next message; an error (ECONNRESET) when the peer is gone and none is left.
Result<FdMessage> receive_message(int socket);

/// A copy of the next message, descriptors too, which stays in the queue. Does not wait: without a
/// message it is an error (EAGAIN).
Result<FdMessage> peek_message(int socket);

}  // namespace chainer
