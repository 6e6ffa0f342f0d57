#include "node/source/auth_file.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "core/json/json_members.hpp"
#include "core/printable.hpp"
#include "core/text_file.hpp"
#include "core/trimmed.hpp"

namespace chainer::source {
namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20;

std::string from_environment(const char* name, std::string_view suffix) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::string(value) + std::string(suffix)
                                            : std::string();
}

/// Where podman keeps a login until the machine's next start. A podman of root's closes /run/containers
/// to everybody else: no login of theirs can be there then.
std::string place_of_runtime() {
  auto place = from_environment("XDG_RUNTIME_DIR", "/containers/auth.json");
  if (!place.empty() || ::access("/run/containers", X_OK) != 0) return place;
  return "/run/containers/" + std::to_string(::getuid()) + "/auth.json";
}

/// Where podman and docker look, in podman's order (containers-auth.json(5)).
std::vector<std::string> usual_places() {
  return {from_environment("REGISTRY_AUTH_FILE", ""),
          place_of_runtime(),
          from_environment("XDG_CONFIG_HOME", "/containers/auth.json"),
          from_environment("HOME", "/.config/containers/auth.json"),
          from_environment("DOCKER_CONFIG", "/config.json"),
          from_environment("HOME", "/.docker/config.json")};
}

/// Without the NUL bytes at the end that some encoders leave, as Docker reads it.
std::optional<std::string> decode_base64(std::string_view text) {
  text = trimmed(text);
  std::string plain(text.size() / 4 * 3 + 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(plain.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  plain.resize(static_cast<std::size_t>(size) - padding);
  plain.resize(plain.find_last_not_of('\0') + 1);
  return plain;
}

/// Docker writes `https://index.docker.io/v1/` for docker.io and, long ago, URLs for others too.
std::string normalized(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  }
  for (const std::string_view suffix : {"/v1/", "/v2/", "/v1", "/v2", "/"}) {
    if (key.ends_with(suffix)) {
      key.remove_suffix(suffix.size());
      break;
    }
  }
  return key == "index.docker.io" ? "docker.io" : std::string(key);
}

bool covers(std::string_view key, std::string_view name) {
  return name.starts_with(key) && (name.size() == key.size() || name[key.size()] == '/');
}

/// The program that docker would ask for the credentials of a registry; empty: none.
std::string helper_of(const nlohmann::json& file, std::string_view host) {
  for (const auto& [key, value] : object_member(file, "credHelpers").items()) {
    if (normalized(key) == host && value.is_string()) return value.get<std::string>();
  }
  return string_member(file, "credsStore");
}

/// Whether an entry holds anything: one whose credentials a helper program keeps is empty.
bool says_something(const nlohmann::json& entry) {
  return entry.is_object() &&
         (entry.contains("auth") || entry.contains("identitytoken") || entry.contains("username"));
}

/// Docker's rule: `auth` is user and password in one; without it they have members of their own.
Result<Credentials> read_entry(const std::string& key, const nlohmann::json& entry) {
  const auto malformed = [&] {
    return Error{"the credentials of '" + key + "' cannot be read", "log in to the registry again",
                 0, Fault::user};
  };
  const auto encoded = string_member(entry, "auth");
  if (encoded.empty())
    return Credentials{string_member(entry, "username"), string_member(entry, "password")};
  const auto plain = decode_base64(encoded);
  if (!plain) return malformed();
  const auto colon = plain->find(':');
  if (colon == std::string::npos) return malformed();
  return Credentials{plain->substr(0, colon), plain->substr(colon + 1)};
}

/// Asks the helper that a file names for what the file itself does not have.
FoundCredentials asked_of_helper(const std::string& helper, std::string_view host) {
  auto answer = ask_credential_helper(helper, host);
  const auto program = "the credential helper docker-credential-" + printable(helper);
  if (!answer) return {{}, program + ": " + answer.error().what};
  if (!*answer) return {{}, program + ", which has none"};
  return {std::move(*answer)};
}

bool is_missing(const Error& error) {
  return error.error_number == ENOENT || error.error_number == ENOTDIR;
}

}  // namespace

Result<FoundCredentials> credentials_in(std::string_view text, std::string_view host,
                                        std::string_view repository) {
  TRY_ASSIGN(const auto object, parse_json_object(text, "it"));
  const std::string name = std::string(host) + "/" + std::string(repository);
  std::string best;
  const nlohmann::json* entry = nullptr;
  for (const auto& [key, value] : object_member(object, "auths").items()) {
    const auto candidate = normalized(key);
    if (!covers(candidate, name) || candidate.size() < best.size() || !says_something(value))
      continue;
    best = candidate;
    entry = &value;
  }
  if (entry == nullptr) return FoundCredentials{{}, {}, helper_of(object, host)};
  // Beside an identity token docker writes a user without a password.
  if (auto token = string_member(*entry, "identitytoken"); !token.empty())
    return FoundCredentials{Credentials{.identity_token = std::move(token)}};
  TRY_ASSIGN(auto credentials, read_entry(best, *entry));
  return FoundCredentials{std::move(credentials)};
}

Result<FoundCredentials> find_credentials(const std::string& file, std::string_view host,
                                          std::string_view repository) {
  const bool named = !file.empty();
  FoundCredentials best;
  for (const auto& path : named ? std::vector{file} : usual_places()) {
    if (path.empty()) continue;
    const auto text = read_file(path, largest_file);
    if (!text && !named && is_missing(text.error())) continue;
    if (!text) return text.error();
    auto found = credentials_in(*text, host, repository);
    if (!found) return std::move(found).error().within("cannot use the credentials in " + path);
    if (!found->helper.empty()) *found = asked_of_helper(found->helper, host);
    if (found->usable) return found;
    // Another file may have what this one lacks; if none does, the first that knows more is named.
    if (best.elsewhere.empty() && !found->elsewhere.empty())
      best.elsewhere = found->elsewhere + ", says " + path;
  }
  return best;
}

}  // namespace chainer::source
