#include "mpi_probe/networks.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/text_file.hpp"
#include "core/trimmed.hpp"
#include "core/unique_fd.hpp"

namespace chainer::mpi_probe {
namespace {

constexpr std::uint16_t any_port = 9;  // nothing is sent

std::vector<std::string> names_in(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  std::vector<std::string> names;
  while (const auto* entry = open ? ::readdir(open.get()) : nullptr) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  std::ranges::sort(names);
  return names;
}

std::string line_in(const std::string& file) {
  const auto text = read_text_file(file);
  return text ? std::string(trimmed(*text)) : "";
}

std::string kind_of(const std::string& name, const std::string& link_layer) {
  if (name.starts_with("efa")) return "EFA";
  if (name.starts_with("hfi") || name.starts_with("opa")) return "Omni-Path";
  return link_layer == "Ethernet" ? "RoCE" : "InfiniBand";
}

/// A device is one network here, however many ports it has: one that is up is enough.
FastNetwork of_verbs(const std::string& folder, const std::string& name) {
  FastNetwork network{name, "InfiniBand"};
  for (const auto& port : names_in(folder + "/" + name + "/ports")) {
    const auto place = folder + "/" + name + "/ports/" + port;
    if (network.is_active) break;
    network.kind = kind_of(name, line_in(place + "/link_layer"));
    network.rate = line_in(place + "/rate");
    network.is_active = line_in(place + "/state").find("ACTIVE") != std::string::npos;
  }
  return network;
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size{0};
  auto* plain() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address address_of(const std::string& text) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(any_port);
    address.size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(any_port);
    address.size = sizeof *v6;
  }
  return address;
}

bool is_same_host(const sockaddr* one, const sockaddr* other) {
  if (!one || one->sa_family != other->sa_family) return false;
  if (one->sa_family == AF_INET) {
    return reinterpret_cast<const sockaddr_in*>(one)->sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in*>(other)->sin_addr.s_addr;
  }
  return std::memcmp(&reinterpret_cast<const sockaddr_in6*>(one)->sin6_addr,
                     &reinterpret_cast<const sockaddr_in6*>(other)->sin6_addr,
                     sizeof(in6_addr)) == 0;
}

std::string interface_with(const sockaddr* own) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  for (const auto* one = list; one; one = one->ifa_next) {
    if (is_same_host(one->ifa_addr, own)) return one->ifa_name;
  }
  return {};
}

}  // namespace

std::vector<FastNetwork> fast_networks(const std::string& classes) {
  std::vector<FastNetwork> networks;
  const auto verbs = classes + "/infiniband";
  for (const auto& name : names_in(verbs)) networks.push_back(of_verbs(verbs, name));
  // HPE's network is none of verbs; what it has is active where its Ethernet side is up.
  for (const auto& name : names_in(classes + "/cxi"))
    networks.push_back(
        {name, "Slingshot", line_in(classes + "/cxi/" + name + "/device/properties/speed"), true});
  return networks;
}

std::string interface_to(const std::string& address) {
  auto peer = address_of(address);
  if (peer.size == 0) return {};
  // A datagram's socket is told its own address when it is told the other's; nothing is sent.
  const UniqueFd socket(::socket(peer.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), peer.plain(), peer.size) != 0) return {};
  Address own;
  own.size = sizeof own.storage;
  if (::getsockname(socket.get(), own.plain(), &own.size) != 0) return {};
  return interface_with(own.plain());
}

}  // namespace chainer::mpi_probe
