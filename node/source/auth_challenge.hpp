// What a registry answers to a request without a login: the WWW-Authenticate header.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chainer::source {

struct AuthChallenge {
  enum class Scheme { basic, bearer };
  Scheme scheme{Scheme::basic};
  std::string realm;  ///< bearer: the URL that gives tokens
  std::string service;
  std::string scope;
};

/// Reads the header's value, which may offer several ways: a token's comes before a password's. Empty
/// when it offers neither.
std::optional<AuthChallenge> parse_auth_challenge(std::string_view header);

}  // namespace chainer::source
