// Credentials for registries, in the file that docker login and podman login write.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "node/source/credential_helper.hpp"

namespace chainer::source {

struct FoundCredentials {
  std::optional<Credentials> usable;
  /// Where the file says that they are instead, as in "the credential helper …"; empty when it says
  /// nothing, or when there is no need to know.
  std::string elsewhere{};
  /// The x of the program docker-credential-x that keeps them; empty: none.
  std::string helper{};
};

/// The credentials that a file's text has for a repository of a registry: the longest key that
/// fits, `HOST/PATH` before `HOST`. The user's fault when it is malformed.
Result<FoundCredentials> credentials_in(std::string_view text, std::string_view host,
                                        std::string_view repository);

/// Credentials from `file`, or, when that is empty, from the first of the usual places that has any
/// for this repository: $REGISTRY_AUTH_FILE, $XDG_RUNTIME_DIR/containers/auth.json (without the
/// variable, /run/containers/UID/auth.json), $XDG_CONFIG_HOME/containers/auth.json,
/// ~/.config/containers/auth.json, $DOCKER_CONFIG/config.json, ~/.docker/config.json. Where a
/// helper keeps them it is asked, which starts a program; when it gives none, `elsewhere` says why
/// and names the file.
Result<FoundCredentials> find_credentials(const std::string& file, std::string_view host,
                                          std::string_view repository);

}  // namespace chainer::source
