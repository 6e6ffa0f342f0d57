#include "core/match_spec.hpp"

#include <algorithm>
#include <array>

#include "core/text_cursor.hpp"
#include "core/trimmed.hpp"

namespace chainer {
namespace {

// The longest first: `==` begins as `=` does.
constexpr std::array<std::string_view, 8> operators{"==", "~=", "!=", "<=", ">=", "<", ">", "="};

bool is_of_name(char c) {
  return is_letter_or_digit(c) || std::string_view("-_.").find(c) != std::string_view::npos;
}

bool is_of_build(char c) {
  return is_letter_or_digit(c) || std::string_view("_.+*-").find(c) != std::string_view::npos;
}

std::string quoted(std::string_view text) { return "'" + std::string(text.substr(0, 20)) + "'"; }

/// One part of a version between dots: `1`, `0rc1`, `post2`.
bool take_part(TextCursor& text) { return !text.take_while(is_letter_or_digit).empty(); }

bool take_separator(TextCursor& text) {
  return text.take(".") || text.take("-") || text.take("_") || text.take("+");
}

bool ends_version(const TextCursor& text) {
  return text.at_end() ||
         std::string_view(" \t,|)=[").find(text.rest().front()) != std::string::npos;
}

/// `1.2`, `1!2.0rc1+local`, `1.2.*` or `1.2*`. The returned reason is empty when it reads.
std::string take_version(TextCursor& text) {
  auto epoch = text;
  if (!epoch.take_while(is_digit).empty() && epoch.take("!")) text = epoch;
  if (!take_part(text)) return "expected a version at " + quoted(text.rest());
  while (true) {
    if (text.take(".*") || text.take("*")) {
      return ends_version(text) ? "" : "expected nothing behind '*' in a version";
    }
    if (!take_separator(text)) return "";
    if (!take_part(text)) return "expected a digit or a letter at " + quoted(text.rest());
  }
}

std::string take_bare_condition(TextCursor& text, bool& is_any) {
  const auto op = std::ranges::find_if(operators, [&](auto one) { return text.take(one); });
  text.skip_blanks();
  if (text.take("*")) {
    is_any = true;
    if (op != operators.end() && *op != "=" && *op != "==") {
      return "there is no order on '*': it stands alone, or behind '='";
    }
    return ends_version(text) ? "" : "expected nothing behind '*' in a version";
  }
  if (op != operators.end() && (text.at('=') || text.at('<') || text.at('>'))) {
    return "there is no comparison '" + std::string(*op) + std::string(text.rest().substr(0, 1)) +
           "'; there are ==, =, !=, ~=, >=, <=, > and <";
  }
  return take_version(text);
}

std::string take_condition(TextCursor& text, bool& is_any) {
  if (!text.take("(")) return take_bare_condition(text, is_any);
  text.skip_blanks();
  if (auto reason = take_bare_condition(text, is_any); !reason.empty()) return reason;
  text.skip_blanks();
  return text.take(")") ? "" : "expected ')' behind the version";
}

/// Conditions joined by `,` (and) or `|` (or).
std::string take_conditions(TextCursor& text, bool& is_any) {
  while (true) {
    if (auto reason = take_condition(text, is_any); !reason.empty()) return reason;
    auto ahead = text;
    ahead.skip_blanks();
    if (!ahead.take(",") && !ahead.take("|")) return "";
    is_any = false;
    ahead.skip_blanks();
    if (ahead.at_end()) return "expected another condition behind the last ','";
    text = ahead;
  }
}

/// A build string, behind the version and a blank or `=`.
std::string take_build(TextCursor& text) {
  const bool by_sign = text.take("=");
  text.skip_blanks();
  if (text.at_end() || text.at('[')) return by_sign ? "expected a build string behind '='" : "";
  if (!by_sign && std::string_view("<>=!~").find(text.rest().front()) != std::string_view::npos) {
    return "conditions on a version are joined by ',', as in >=1.2,<2";
  }
  if (text.take_while(is_of_build).empty()) {
    return "expected a build string or the end at " + quoted(text.rest());
  }
  return "";
}

/// `key=value` or `key='any value'`.
std::string take_key(TextCursor& text, bool& names_version) {
  const auto key = text.take_while([](char c) { return is_letter_or_digit(c) || c == '_'; });
  text.skip_blanks();
  if (key.empty() || !text.take("=")) {
    return "expected key=value between '[' and ']': conda packages have no extras";
  }
  text.skip_blanks();
  for (const char quote : {'"', '\''}) {
    if (!text.take(std::string_view(&quote, 1))) continue;
    const auto value = text.take_while([&](char c) { return c != quote; });
    if (value.empty() || !text.take(std::string_view(&quote, 1))) {
      return "expected a value in quotes behind '" + std::string(key) + "='";
    }
    names_version = names_version || key == "version";
    return "";
  }
  const auto value =
      text.take_while([](char c) { return c != ',' && c != ']' && c != '[' && !is_blank(c); });
  names_version = names_version || key == "version";
  return value.empty() ? "expected a value behind '" + std::string(key) + "='" : "";
}

std::string take_keys(TextCursor& text, bool& names_version) {
  if (!text.take("[")) return "";
  while (true) {
    text.skip_blanks();
    if (auto reason = take_key(text, names_version); !reason.empty()) return reason;
    text.skip_blanks();
    if (text.take("]")) return "";
    if (!text.take(",")) return "expected ',' or ']' at " + quoted(text.rest());
  }
}

/// The spec up to the brackets behind the name, whose values may hold anything. A URL's host may be
/// in brackets of its own.
std::string_view without_keys(std::string_view spec) {
  auto keys = spec.find('[');
  while (keys != std::string_view::npos && keys > 0 &&
         (spec[keys - 1] == '/' || spec[keys - 1] == '@'))
    keys = spec.find('[', keys + 1);
  return spec.substr(0, keys);
}

/// Why a text cannot be a channel; empty for a name, `name/platform` or a URL.
std::string fault_of_channel(std::string_view channel) {
  if (channel.empty()) return "expected a channel in front of '::'";
  if (channel.find("://") != std::string_view::npos) return "";
  const bool is_name =
      std::ranges::all_of(channel, [](char c) { return is_of_name(c) || c == '/'; });
  return is_name ? "" : quoted(channel) + " is not the name of a channel";
}

std::string fault_behind_name(const TextCursor& text) {
  if (text.at(';')) return "conda packages have no markers: ';' is pip's";
  if (text.at('@')) return "conda packages have no '@': it is pip's";
  return "expected a version at " + quoted(text.rest());
}

Error not_a_match_spec(std::string_view text, const std::string& reason) {
  return {"'" + std::string(text) + "' is not a conda package: " + reason,
          "a conda package is a name and a version, such as numpy=1.23 or numpy>=1.2,<2", 0,
          Fault::user};
}

}  // namespace

Result<MatchSpec> MatchSpec::parse(std::string_view whole) {
  if (!is_one_line(whole)) return not_a_match_spec(whole, "expected one line of text");
  MatchSpec spec;
  auto rest = trimmed(whole);
  if (const auto colons = without_keys(rest).rfind("::"); colons != std::string_view::npos) {
    spec.channel_ = trimmed(rest.substr(0, colons));
    if (auto fault = fault_of_channel(spec.channel_); !fault.empty())
      return not_a_match_spec(whole, fault);
    rest = trimmed(rest.substr(colons + 2));
  } else if (without_keys(rest).find("://") != std::string_view::npos) {
    return not_a_match_spec(whole,
                            "expected a name, not a URL; a channel's URL goes in front of '::'");
  }
  spec.text_ = rest;

  TextCursor text(rest);
  const auto name = text.take_while(is_of_name);
  if (name.empty() || !(is_letter_or_digit(name.front()) || name.front() == '_')) {
    return not_a_match_spec(whole, "expected the name of a package");
  }
  std::ranges::transform(name, std::back_inserter(spec.name_), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (text.at('*')) return not_a_match_spec(whole, "expected one package, not a pattern of names");

  const bool has_blank = text.rest().starts_with(' ') || text.rest().starts_with('\t');
  text.skip_blanks();
  if (!text.at_end() && !text.at('[')) {
    const bool starts =
        std::string_view("=<>!~").find(text.rest().front()) != std::string_view::npos;
    if ((!starts && !has_blank) || text.at(';') || text.at('@')) {
      return not_a_match_spec(whole, fault_behind_name(text));
    }
    bool is_any = false;
    if (auto reason = take_conditions(text, is_any); !reason.empty())
      return not_a_match_spec(whole, reason);
    spec.names_version_ = !is_any;
    if (auto reason = take_build(text); !reason.empty()) return not_a_match_spec(whole, reason);
    text.skip_blanks();
  }
  if (auto reason = take_keys(text, spec.names_version_); !reason.empty()) {
    return not_a_match_spec(whole, reason);
  }
  text.skip_blanks();
  if (!text.at_end()) return not_a_match_spec(whole, "expected its end at " + quoted(text.rest()));
  return spec;
}

}  // namespace chainer
