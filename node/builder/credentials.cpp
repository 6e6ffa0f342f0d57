#include "node/builder/credentials.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace chainer::builder {
namespace {

/// Where the authority of a URL ends (RFC 3986, 3.2), or the text around the URL goes on.
bool ends_authority(char c) {
  return std::string_view("/?#\"'`<>)],").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) <= ' ';
}

bool ends_value(char c) {
  return std::string_view("&#\"'`<>)],").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) <= ' ';
}

bool names_a_secret(std::string_view parameter) {
  constexpr std::array words{"token",  "key", "password", "passwd",
                             "secret", "sig", "auth",     "credential"};
  std::string lower(parameter);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::any_of(words,
                             [&](auto word) { return lower.find(word) != std::string::npos; });
}

/// The end of the parameter's name when `at` starts `?NAME=` or `&NAME=`, else npos.
std::size_t parameter_name_end(std::string_view text, std::size_t at) {
  if (text[at] != '?' && text[at] != '&') return std::string_view::npos;
  for (std::size_t i = at + 1; i < text.size() && !ends_value(text[i]); ++i) {
    if (text[i] == '=') return i;
  }
  return std::string_view::npos;
}

std::string without_user_info(std::string_view text) {
  constexpr std::string_view scheme_end = "://";
  std::string clean;
  while (true) {
    const auto authority = text.find(scheme_end);
    if (authority == std::string_view::npos) return clean.append(text);
    clean.append(text.substr(0, authority + scheme_end.size()));
    text.remove_prefix(authority + scheme_end.size());
    const auto end =
        static_cast<std::size_t>(std::ranges::find_if(text, ends_authority) - text.begin());
    // A password may hold an unescaped '@': the last one ends it.
    const auto at = text.substr(0, end).rfind('@');
    if (at != std::string_view::npos) text.remove_prefix(at + 1);
  }
}

std::string without_secret_parameters(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size();) {
    const auto equals = parameter_name_end(text, i);
    if (equals == std::string_view::npos || !names_a_secret(text.substr(i + 1, equals - i - 1))) {
      clean += text[i++];
      continue;
    }
    clean.append(text.substr(i, equals + 1 - i)).append("***");
    for (i = equals + 1; i < text.size() && !ends_value(text[i]);) ++i;
  }
  return clean;
}

}  // namespace

std::string without_credentials(std::string_view text) {
  return without_secret_parameters(without_user_info(text));
}

bool holds_credentials(std::string_view text) { return without_credentials(text) != text; }

}  // namespace chainer::builder
