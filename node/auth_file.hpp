// Credentials for registries, in the file that docker login and podman login write.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

struct Credentials {
  std::string user;
  std::string password;
};

/// The credentials that a file's text has for a repository of a registry: the longest key that fits,
/// `HOST/PATH` before `HOST`. Nothing when it has none; the user's fault when it is malformed.
Result<std::optional<Credentials>> credentials_in(std::string_view text, std::string_view host,
                                                  std::string_view repository);

/// From `file`, or when that is empty from the first usual place that exists: $REGISTRY_AUTH_FILE,
/// $XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json, $DOCKER_CONFIG/config.json,
/// ~/.docker/config.json.
Result<std::optional<Credentials>> find_credentials(const std::string& file, std::string_view host,
                                                    std::string_view repository);

}  // namespace chainer
