#include "node/source/auth_challenge.hpp"

#include <algorithm>
#include <cctype>

namespace chainer::source {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

void skip(std::string_view& text, std::string_view characters) {
  text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
}

/// A token or a quoted string (RFC 9110, 5.6.4), taken off the front.
std::string take_value(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    value = text.substr(0, text.find_first_of(", \t"));
    text.remove_prefix(value.size());
    return value;
  }
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
    value += text.front();
    text.remove_prefix(1);
  }
  if (!text.empty()) text.remove_prefix(1);
  return value;
}

}  // namespace

std::optional<AuthChallenge> parse_auth_challenge(std::string_view header) {
  using Scheme = AuthChallenge::Scheme;
  std::optional<AuthChallenge> basic, bearer;
  std::optional<AuthChallenge>* current = nullptr;  // none while a scheme is not known
  while (true) {
    skip(header, " \t,");
    if (header.empty()) return bearer ? bearer : basic;
    const auto word = header.substr(0, header.find_first_of(" \t,="));
    header.remove_prefix(word.size());
    auto rest = header;
    skip(rest, " \t");
    const auto name = lower(word);
    if (!rest.starts_with('=')) {  // a scheme; behind it stand its parameters
      current = name == "bearer" ? &bearer : name == "basic" ? &basic : nullptr;
      if (current != nullptr)
        *current = AuthChallenge{name == "bearer" ? Scheme::bearer : Scheme::basic, {}, {}, {}};
      continue;
    }
    skip(rest, "= \t");
    const auto value = take_value(rest);
    header = rest;
    if (current == nullptr) continue;
    auto& challenge = **current;
    if (name == "realm") challenge.realm = value;
    if (name == "service") challenge.service = value;
    if (name == "scope") challenge.scope = value;
  }
}

}  // namespace chainer::source
