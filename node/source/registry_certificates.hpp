// The authority that a site or a user trusts for one registry, in the folders of docker and podman.
#pragma once

#include <string>

namespace chainer::source {

/// The first .crt file (PEM) in certs.d/HOST[:PORT] of ~/.config/containers, /etc/containers or
/// /etc/docker (containers-certs.d(5)); empty when there is none.
std::string certificate_of(const std::string& host);

}  // namespace chainer::source
