// Credentials that docker keeps elsewhere: a program docker-credential-NAME of the user's, which is
// asked as docker asks it (docker-credential-helpers, "get").
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/result.hpp"

namespace chainer::source {

/// What a user has for a registry: a name with a password, or an identity token, which only the
/// registry's token service takes.
struct Credentials {
  std::string user{};
  std::string password{};
  std::string identity_token{};
};

/// The credentials that the helper of this name has for a registry; empty when it has none. Nothing
/// that the program writes reaches a message. It is ended when it has not answered within
/// `patience`.
Result<std::optional<Credentials>> ask_credential_helper(
    const std::string& name, std::string_view host,
    std::chrono::seconds patience = std::chrono::seconds(30));

}  // namespace chainer::source
