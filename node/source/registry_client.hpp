// A registry (OCI distribution-spec 1.1): where its things are and how to log in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/image_ref.hpp"
#include "core/result.hpp"
#include "node/source/auth_challenge.hpp"
#include "node/source/http_client.hpp"
#include "node/source/registry_access.hpp"

namespace chainer::source {

class RegistryClient {
 public:
  explicit RegistryClient(RegistryAccess access)
      : reference_(std::move(access.image)),
        credentials_(std::move(access.credentials.usable)),
        credentials_elsewhere_(std::move(access.credentials.elsewhere)) {}

  /// The bytes of a manifest or index, by tag or digest. Asked for without credentials first, since
  /// what everybody can fetch is shared by everybody, and with them when the registry refuses.
  Result<std::string> get_manifest(const std::string& tag_or_digest);
  /// True when credentials were needed.
  bool used_credentials() const { return login_ == Login::with_credentials; }

  std::string blob_url(const Digest& digest) const;
  /// The headers that a blob's request must carry: the login of get_manifest.
  std::vector<std::string> headers() const;
  PlainHttp plain() const {
    return reference_.is_loopback() ? PlainHttp::allowed : PlainHttp::refused;
  }
  /// Gets a new token in place of one that has run out.
  Result<void> renew_login();

  const RegistryRef& reference() const { return reference_; }

 private:
  enum class Login { none, anonymous, with_credentials };

  Result<HttpAnswer> find_scheme(const std::string& tag_or_digest);
  Result<HttpAnswer> request_manifest(const std::string& tag_or_digest);
  /// Answers the challenge; false when this login cannot.
  Result<bool> log_in(Login login);
  HttpRequest token_request(Login login) const;
  Result<bool> fetch_token(Login login);
  Error refusal(const HttpAnswer& answer, const std::string& tag_or_digest) const;

  RegistryRef reference_;
  std::optional<Credentials> credentials_;
  std::string credentials_elsewhere_;  ///< FoundCredentials::elsewhere
  std::string base_{};                 ///< scheme and host
  std::optional<AuthChallenge> challenge_{};
  Login login_{Login::none};
  std::string token_refusal_{};  ///< what a token service said when it gave no token
  std::string authorization_{};  ///< of the Authorization header, empty: none
};

}  // namespace chainer::source
