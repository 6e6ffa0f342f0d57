#include "core/fd_message.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace chainer {
namespace {

struct alignas(cmsghdr) ControlBuffer {
  char bytes[CMSG_SPACE(sizeof(int) * most_fds_in_message)]{};
};

void take_fds(msghdr& header, std::vector<UniqueFd>& fds) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    int numbers[most_fds_in_message];
    std::memcpy(numbers, CMSG_DATA(part), count * sizeof(int));
    for (std::size_t i = 0; i < count; ++i) fds.emplace_back(numbers[i]);
  }
}

Result<FdMessage> receive(int socket, int flags) {
  FdMessage message;
  message.text.resize(longest_message_text);
  ControlBuffer control;
  iovec data{message.text.data(), message.text.size()};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof control.bytes;

  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &header, flags | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return Error::from_errno("cannot receive a message", errno);
  take_fds(header, message.fds);
  if (got == 0) return Error::from_errno("cannot receive a message", ECONNRESET);
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return Error::from_errno("cannot receive a message", EMSGSIZE);
  }
  message.text.resize(static_cast<std::size_t>(got));
  return message;
}

}  // namespace

Result<void> send_message(int socket, std::string_view text, std::span<const int> fds) {
  if (text.empty() || text.size() > longest_message_text || fds.size() > most_fds_in_message) {
    return Error::from_errno("cannot send a message", EMSGSIZE);
  }
  iovec data{const_cast<char*>(text.data()), text.size()};  // sendmsg only reads it
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;

  ControlBuffer control;
  if (!fds.empty()) {
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(part), fds.data(), fds.size_bytes());
  }
  while (::sendmsg(socket, &header, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return Error::from_errno("cannot send a message", errno);
  }
  return {};
}

Result<FdMessage> receive_message(int socket) { return receive(socket, 0); }

Result<FdMessage> peek_message(int socket) { return receive(socket, MSG_PEEK | MSG_DONTWAIT); }

}  // namespace chainer
