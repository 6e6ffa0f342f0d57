#include "node/builder/image_exec.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <optional>

#include "core/pipe.hpp"
#include "core/result.hpp"
#include "core/take_part.hpp"
#include "core/unique_fd.hpp"

namespace chainer::builder {
namespace {

constexpr std::size_t largest_out = std::size_t{64} << 20;
constexpr std::size_t kept_err = std::size_t{64} << 10;

Error inside_is_gone() {
  return {"chainer-inside, which runs programs inside the image, ended early",
          "look for the reason above; without one, tell an administrator", EPIPE, Fault::node};
}

/// Too large for one packet (EMSGSIZE) or for execve (E2BIG): the same thing to a person.
Error environment_too_large(int error_number) {
  return {"the job's environment is too large to build in",
          "submit with fewer or smaller environment variables", error_number, Fault::user};
}

Result<std::string> receive_packet(int socket) {
  std::string packet(exec_protocol::largest_packet, '\0');
  ssize_t size = 0;
  do {
    size = ::recv(socket, packet.data(), packet.size(), 0);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return inside_is_gone();
  packet.resize(static_cast<std::size_t>(size));
  return packet;
}

Result<void> send_request(int socket, std::string packet, const std::array<int, 2>& fds) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> control{};
  iovec bytes{packet.data(), packet.size()};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  auto* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof fds);
  std::memcpy(CMSG_DATA(part), fds.data(), sizeof fds);

  if (::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) return {};
  if (errno == EPIPE || errno == ECONNRESET) return inside_is_gone();
  if (errno == EMSGSIZE) return environment_too_large(errno);
  return Error::from_errno("cannot ask chainer-inside", errno);
}

/// Collects what comes through a pipe, and closes the descriptor at its end.
class Stream {
 public:
  explicit Stream(UniqueFd fd) : fd_(std::move(fd)) {}

  pollfd to_poll() const { return {fd_.get(), POLLIN, 0}; }  // a closed one (-1) is ignored by poll
  bool ended() const { return !fd_; }

  void read_some() {
    std::array<char, 64 * 1024> chunk{};
    const ssize_t got = ::read(fd_.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) return fd_.reset();
    text_.append(chunk.data(), static_cast<std::size_t>(got));
  }

  void keep_last(std::size_t bytes) {
    if (text_.size() > bytes) text_.erase(0, text_.size() - bytes);
  }

  const std::string& text() const { return text_; }

 private:
  UniqueFd fd_;
  std::string text_;
};

Result<ProgramOutput> finished(const exec_protocol::Request& request, std::string_view packet,
                               const Stream& out, const Stream& err) {
  exec_protocol::Reply reply{};
  if (packet.size() != sizeof reply) return inside_is_gone();
  std::memcpy(&reply, packet.data(), sizeof reply);
  if (reply.magic != exec_protocol::magic) return inside_is_gone();
  if (reply.error_number == E2BIG) return environment_too_large(E2BIG);
  if (reply.error_number != 0) {
    return Error::from_errno("cannot run " + request.argv[0] + " inside the image",
                             reply.error_number);
  }
  return ProgramOutput{reply.wait_status, out.text(), err.text()};
}

}  // namespace

std::string ProgramOutput::ending() const {
  if (WIFSIGNALED(wait_status)) {
    const int number = WTERMSIG(wait_status);
    return "was killed by signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
  }
  return "ended with exit code " + std::to_string(WEXITSTATUS(wait_status));
}

Result<ImageExec> ImageExec::open(int socket) {
  // The kernel caps this at net.core.wmem_max; what it grants decides how large an environment may
  // be.
  const int bytes = static_cast<int>(exec_protocol::largest_packet);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);

  TRY_ASSIGN(auto greeting, receive_packet(socket));
  constexpr std::string_view wanted = "env=";
  std::vector<std::string> environment;
  for (std::string_view rest = greeting; !rest.empty();) {
    const auto record = take_part(rest, '\0');
    if (record.starts_with(wanted)) environment.emplace_back(record.substr(wanted.size()));
  }
  return ImageExec(socket, std::move(environment));
}

Result<ProgramOutput> ImageExec::run(const exec_protocol::Request& request, const OnTick& on_tick) {
  auto out_pipe = Pipe::create();
  auto err_pipe = Pipe::create();
  if (!out_pipe || !err_pipe) return out_pipe ? err_pipe.error() : out_pipe.error();
  TRY(send_request(socket_, exec_protocol::encode(request),
                   {out_pipe->write_end.get(), err_pipe->write_end.get()}));
  out_pipe->write_end.reset();
  err_pipe->write_end.reset();

  Stream out(std::move(out_pipe->read_end));
  Stream err(std::move(err_pipe->read_end));
  std::optional<std::string> reply;
  auto next_tick = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (!reply || !out.ended() || !err.ended()) {
    std::array<pollfd, 3> watched{out.to_poll(), err.to_poll(),
                                  pollfd{reply ? -1 : socket_, POLLIN, 0}};
    if (::poll(watched.data(), watched.size(), 1000) < 0 && errno != EINTR) {
      return Error::from_errno("cannot wait for chainer-inside", errno);
    }
    if (watched[0].revents != 0) out.read_some();
    if (watched[1].revents != 0) err.read_some();
    err.keep_last(kept_err);
    if (out.text().size() > largest_out) return Error::from_errno("cannot read its output", EFBIG);
    if (watched[2].revents != 0) {
      TRY_ASSIGN(auto packet, receive_packet(socket_));
      reply = std::move(packet);
    }
    if (const auto now = std::chrono::steady_clock::now(); now >= next_tick) {
      next_tick = now + std::chrono::seconds(1);
      on_tick(err.text());
    }
  }
  return finished(request, *reply, out, err);
}

}  // namespace chainer::builder
