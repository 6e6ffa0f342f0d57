// What goes over the socket between the user's side and chainer-inside: one packet per message.
//
// chainer-inside greets with one packet, the bytes of the image's /opt/chainer/image.conf (none
// when the image has no such file). Then the user's side sends a request, with the descriptors for
// stdout and stderr attached, and gets a reply once the program has ended; then comes the next
// request. The end of the stream ends chainer-inside and what it runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainer::builder::exec_protocol {

/// A larger packet is refused. The kernel's limit for one packet (net.core.wmem_max) is usually
/// lower.
inline constexpr std::size_t largest_packet = std::size_t{1} << 20;
inline constexpr std::uint32_t magic =
    0x31454843;  // "CHE1" in memory: both ends run on one machine

/// A request starts with this; then argc + envc strings, each with its NUL, and nothing else.
struct RequestHead {
  std::uint32_t magic;
  std::uint32_t argc;  ///< at least 1; the program's absolute path comes first
  std::uint32_t envc;
};

struct Reply {
  std::uint32_t magic;
  std::int32_t
      error_number;  ///< why the program could not be started, EBADMSG for a bad request; or 0
  std::int32_t wait_status;  ///< as waitpid(2) gives it
};

struct Request {
  std::vector<std::string> argv;
  std::vector<std::string> environment;  ///< NAME=VALUE, all of it
};

inline std::string encode(const Request& request) {
  const RequestHead head{magic, static_cast<std::uint32_t>(request.argv.size()),
                         static_cast<std::uint32_t>(request.environment.size())};
  std::string packet(reinterpret_cast<const char*>(&head), sizeof head);
  for (const auto* strings : {&request.argv, &request.environment}) {
    for (const auto& text : *strings) packet.append(text.c_str(), text.size() + 1);
  }
  return packet;
}

/// Reads a request; empty for anything that encode would not write.
inline std::optional<Request> decode(std::string_view packet) {
  RequestHead head{};
  if (packet.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, packet.data(), sizeof head);
  packet.remove_prefix(sizeof head);
  if (head.magic != magic || head.argc == 0) return std::nullopt;

  Request request;
  for (std::uint64_t i = 0; i < std::uint64_t{head.argc} + head.envc; ++i) {
    const auto end = packet.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    auto& strings = i < head.argc ? request.argv : request.environment;
    strings.emplace_back(packet.substr(0, end));
    packet.remove_prefix(end + 1);
  }
  if (!packet.empty()) return std::nullopt;
  return request;
}

}  // namespace chainer::builder::exec_protocol
