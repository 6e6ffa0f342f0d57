#include "node/source/registry_client.hpp"

#include <openssl/evp.h>

#include "core/characters.hpp"
#include "core/json/json_members.hpp"
#include "core/printable.hpp"
#include "node/image/manifest.hpp"

namespace chainer::source {
namespace {

constexpr long ok = 200;
constexpr long unauthorized = 401;
constexpr long forbidden = 403;
constexpr long not_found = 404;
constexpr long too_many = 429;

const std::string accept_manifests =
    "Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

std::string base64(std::string_view plain) {
  std::string text(plain.size() / 3 * 4 + 5, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(plain.data()),
                                   static_cast<int>(plain.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string basic(const Credentials& credentials) {
  return "Basic " + base64(credentials.user + ":" + credentials.password);
}

std::string url_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += {'%', digits[byte >> 4], digits[byte & 0xf]};
    }
  }
  return encoded;
}

/// Codes whose message adds nothing to the sentence that we make of the status.
bool says_what_we_say(std::string_view code) {
  return code == "UNAUTHORIZED" || code == "MANIFEST_UNKNOWN" || code == "NAME_UNKNOWN";
}

/// What a registry (OCI distribution-spec, "Error Codes") or a token service says in an answer's
/// body, as the end of a sentence; empty when it says nothing that people can read.
std::string explanation_in(std::string_view body) {
  constexpr std::size_t longest = 300;
  const auto object = parse_json_object(body, "the answer");
  if (!object) return {};
  std::string text;
  for (const auto& error : array_member(*object, "errors")) {
    if (says_what_we_say(string_member(error, "code"))) continue;
    const auto message = string_member(error, "message");
    const auto& said = message.empty() ? string_member(error, "code") : message;
    if (!said.empty()) text += (text.empty() ? "" : "; ") + said;
  }
  for (const auto* name : {"details", "message", "error_description", "error"}) {
    if (text.empty()) text = string_member(*object, name);
  }
  return text.empty() ? text : ": it says '" + printable(text, longest) + "'";
}

/// For an answer that is no JSON: a proxy's page, a login page or nothing at all, with status 200.
Error something_else(const std::string& who, HttpAnswer answer, const std::string& wanted) {
  constexpr std::size_t longest = 60;
  const auto type = printable(answer.headers["content-type"], longest);
  const auto what = answer.body.empty() ? std::string("nothing")
                    : type.empty()      ? std::string("something else")
                                        : "something of the type '" + type + "'";
  return {who + " answered with " + what + " in the place of " + wanted,
          "check the registry's name, and https_proxy: a proxy or a login page may have answered",
          0, Fault::user};
}

/// Includes 404: some registries hide what one may not see.
bool may_need_credentials(long status) {
  return status == unauthorized || status == forbidden || status == not_found || status == too_many;
}

/// Docker Hub's registry has another host name than the references of its images.
std::string network_host(const std::string& host) {
  return host == "docker.io" ? "registry-1.docker.io" : host;
}

}  // namespace

/// A loopback registry usually speaks plain HTTP, and TLS where somebody took the trouble. The
/// first request already asks for the manifest: one that only finds out would cost a step a tenth
/// of its time.
Result<HttpAnswer> RegistryClient::find_scheme(const std::string& tag_or_digest) {
  const auto host = network_host(reference_.host);
  const std::string plain_http = "http://" + host, tls = "https://" + host;
  base_ = reference_.is_loopback() ? plain_http : tls;
  auto answer = request_manifest(tag_or_digest);
  if (base_ == tls) return answer;
  constexpr long http_to_tls_port = 400;
  const bool nobody_listens = !answer && answer.error().error_number == CURLE_COULDNT_CONNECT;
  if (nobody_listens || (answer && answer->status != http_to_tls_port)) return answer;
  base_ = tls;
  auto over_tls = request_manifest(tag_or_digest);
  const bool speaks_tls = over_tls || over_tls.error().error_number != CURLE_SSL_CONNECT_ERROR;
  if (over_tls || (!answer && speaks_tls)) return over_tls;
  base_ = plain_http;  // it was the registry itself that refused or failed
  return answer;
}

Result<HttpAnswer> RegistryClient::request_manifest(const std::string& tag_or_digest) {
  auto wanted = headers();
  wanted.push_back(accept_manifests);
  return ask_server({base_ + "/v2/" + reference_.repository + "/manifests/" + tag_or_digest,
                     std::move(wanted), plain()});
}

Result<std::string> RegistryClient::get_manifest(const std::string& tag_or_digest) {
  auto answer = base_.empty() ? find_scheme(tag_or_digest) : request_manifest(tag_or_digest);
  for (const Login login : {Login::anonymous, Login::with_credentials}) {
    if (!answer) return std::move(answer).error();
    if (answer->status == ok || login <= login_ || !may_need_credentials(answer->status)) continue;
    if (answer->status == unauthorized) {
      challenge_ = parse_auth_challenge(answer->headers["www-authenticate"]);
    }
    TRY_ASSIGN(const auto logged_in, log_in(login));
    if (logged_in) answer = request_manifest(tag_or_digest);
  }
  if (!answer) return std::move(answer).error();
  if (answer->status != ok) return refusal(*answer, tag_or_digest);
  if (answer->body.size() > image::largest_manifest) {
    return Error{"the image's manifest has " + std::to_string(answer->body.size()) + " bytes", "",
                 0, Fault::user};
  }
  if (!parse_json_object(answer->body, "the manifest"))
    return something_else("the registry " + reference_.host, *std::move(answer), "a manifest");
  return std::move(answer->body);
}

Result<bool> RegistryClient::log_in(Login login) {
  if (!challenge_) return false;
  if (login == Login::with_credentials && !credentials_) return false;
  if (challenge_->scheme == AuthChallenge::Scheme::bearer) return fetch_token(login);
  // Basic authentication has no anonymous form, and an identity token is no password.
  if (login == Login::anonymous || !credentials_->identity_token.empty()) return false;
  authorization_ = basic(*credentials_);
  login_ = login;
  return true;
}

/// Of the service that the registry names: distribution-spec's "Token Authentication", and its OAuth 2
/// form for an identity token, which is posted so that it stands in no URL.
HttpRequest RegistryClient::token_request(Login login) const {
  const auto scope = challenge_->scope.empty() ? "repository:" + reference_.repository + ":pull"
                                               : challenge_->scope;
  const auto wanted =
      "service=" + url_encoded(challenge_->service) + "&scope=" + url_encoded(scope);
  const auto& realm = challenge_->realm;
  HttpRequest request{realm, {}, plain()};
  if (login == Login::with_credentials && !credentials_->identity_token.empty()) {
    request.form = "grant_type=refresh_token&client_id=chainer-submit&refresh_token=" +
                   url_encoded(credentials_->identity_token) + "&" + wanted;
    return request;
  }
  request.url += (realm.find('?') == std::string::npos ? "?" : "&") + wanted;
  if (login == Login::with_credentials)
    request.headers.push_back("Authorization: " + basic(*credentials_));
  return request;
}

Result<bool> RegistryClient::fetch_token(Login login) {
  const auto& realm = challenge_->realm;
  if (!realm.starts_with("https://") && !realm.starts_with("http://")) {
    return Error{"the registry " + reference_.host + " names '" + realm +
                     "' as the service that gives tokens, and that is no URL",
                 "tell who runs the registry", 0, Fault::try_again};
  }
  TRY_ASSIGN(const auto answer, ask_server(token_request(login)));
  if (answer.status != ok) {
    token_refusal_ = explanation_in(answer.body);
    return false;
  }
  const auto object = parse_json_object(answer.body, "the token");
  if (!object) {
    return something_else("the token service of the registry " + reference_.host, answer,
                          "a token");
  }
  auto token = string_member(*object, "token");
  if (token.empty()) token = string_member(*object, "access_token");
  if (token.empty()) return false;
  token_refusal_.clear();
  authorization_ = "Bearer " + token;
  login_ = login;
  return true;
}

Result<void> RegistryClient::renew_login() {
  TRY_ASSIGN(const auto renewed, log_in(login_));
  if (renewed) return {};
  return Error{"the registry " + reference_.host + " no longer accepts the login", "submit again",
               0, Fault::try_again};
}

Error RegistryClient::refusal(const HttpAnswer& answer, const std::string& tag_or_digest) const {
  const auto& host = reference_.host;
  auto said = explanation_in(answer.body);
  if (!token_refusal_.empty()) said = token_refusal_;
  if (answer.status == not_found) {
    return {"the registry " + host + " has no '" + tag_or_digest + "' in '" +
                reference_.repository + "'" + said,
            "check the image's name and tag", 0, Fault::user};
  }
  if (answer.status == unauthorized || answer.status == forbidden) {
    if (!credentials_ && !credentials_elsewhere_.empty()) {
      return {"the registry " + host + " wants credentials for '" + reference_.repository + "'" +
                  said + "; they are in " + credentials_elsewhere_,
              "write them to a file (podman login --authfile=FILE " + host +
                  ") and give that (--chainer-auth=FILE)",
              0, Fault::user};
    }
    if (!credentials_) {
      return {
          "the registry " + host + " wants credentials for '" + reference_.repository + "'" + said,
          "log in with docker or podman, or give a file with credentials (--chainer-auth=FILE)", 0,
          Fault::user};
    }
    const auto whom = credentials_->identity_token.empty()
                          ? "'" + credentials_->user + "'"
                          : std::string("the owner of the identity token");
    return {"the registry " + host + " does not let " + whom + " read '" + reference_.repository +
                "'" + said,
            "check the credentials, and the image's name", 0, Fault::user};
  }
  if (answer.status == too_many) {
    const auto wait = answer.retry_after ? ": it wants to be asked again in " +
                                               std::to_string(*answer.retry_after) + " s"
                                         : std::string();
    return {"the registry " + host + " has been asked too often (HTTP status 429)" + wait + said,
            credentials_ ? "submit again later"
                         : "submit again later, or log in: registries give more to those they know",
            0, Fault::try_again};
  }
  return {
      "the registry " + host + " answered with HTTP status " + std::to_string(answer.status) + said,
      "submit again later", 0, Fault::try_again};
}

std::string RegistryClient::blob_url(const Digest& digest) const {
  return base_ + "/v2/" + reference_.repository + "/blobs/" + digest.to_string();
}

std::vector<std::string> RegistryClient::headers() const {
  if (authorization_.empty()) return {};
  return {"Authorization: " + authorization_};
}

}  // namespace chainer::source
