#include "submit/input/overrides.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "submit/input/key_search.hpp"

namespace chainer::input {
namespace {

std::uint32_t line_count(std::string_view text) {
  return static_cast<std::uint32_t>(std::ranges::count(text, '\n')) + 1;
}

/// The `=` that ends the key: the first one outside of quotes.
std::size_t end_of_key(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\')
      ++i;  // whatever comes next belongs to the key, even a quote
    else if (quote != 0)
      quote = text[i] == quote ? '\0' : quote;
    else if (text[i] == '"' || text[i] == '\'')
      quote = text[i];
    else if (text[i] == '=')
      return i;
  }
  return std::string_view::npos;
}

/// Moves a value to its place in overrides_text.
void move_to(toml::Value& value, std::uint32_t first_line, std::uint32_t columns) {
  if (value.place.at.line == 1) value.place.at.column += columns;
  value.place.at.line += first_line - 1;
  if (auto* array = std::get_if<toml::Array>(&value.data)) {
    for (auto& element : *array) move_to(element, first_line, columns);
  }
  if (auto* table = std::get_if<toml::Table>(&value.data)) {
    for (auto& member : *table) {
      if (member.key_place.at.line == 1) member.key_place.at.column += columns;
      member.key_place.at.line += first_line - 1;
      move_to(member.value, first_line, columns);
    }
  }
}

toml::Value read_value(std::string_view text, std::uint32_t line, std::uint32_t column) {
  constexpr std::string_view head = "v=";
  const std::string file(overrides_file);
  auto parsed = toml::parse_toml(std::string(head) + std::string(text), file);
  auto* table = std::get_if<toml::Table>(&parsed);
  if (!table || table->size() != 1) {
    return {std::string(text), {file, {line, column}}};
  }
  auto value = std::move(table->front().value);
  move_to(value, line, column - 1 - static_cast<std::uint32_t>(head.size()));
  return value;
}

/// A dotted key as nested tables of one member each.
struct OverridePath {
  toml::Member outermost;
  std::size_t length{0};
};

/// Reads a key; nothing when it is not one. The innermost value is set later.
std::optional<OverridePath> read_path(std::string_view key, std::uint32_t line) {
  // A line end or a comment would make the parser read more, or less, than a key.
  if (key.find_first_of("\n#[") < key.find_first_of("\"'")) return std::nullopt;
  auto parsed = toml::parse_toml(std::string(key) + "=0", std::string(overrides_file));
  auto* table = std::get_if<toml::Table>(&parsed);
  if (!table || table->size() != 1) return std::nullopt;
  OverridePath path{std::move(table->front())};
  for (auto* member = &path.outermost;;) {
    ++path.length;
    member->key_place.at.line += line - 1;
    member->value.place = member->key_place;
    auto* inner = std::get_if<toml::Table>(&member->value.data);
    if (!inner) return path;
    member = &inner->front();
  }
}

toml::Value& innermost_value(OverridePath& path) {
  auto* member = &path.outermost;
  while (auto* inner = std::get_if<toml::Table>(&member->value.data)) member = &inner->front();
  return member->value;
}

/// A leading underscore makes no difference to a key of the estimator itself, but does to a name
/// that the user chose: a variable, or an argument of the script.
enum class Names { of_estimator, of_user };

toml::Member* find(toml::Table& table, std::string_view key, Names names) {
  const auto found = std::ranges::find_if(table, [&](const toml::Member& member) {
    return names == Names::of_user ? member.key == key
                                   : without_underscore(member.key) == without_underscore(key);
  });
  return found == table.end() ? nullptr : &*found;
}

/// `length` counts the path's keys that are left.
void replace(toml::Table& table, toml::Member member, std::size_t length, Names names,
             toml::Report& report) {
  auto* old = find(table, member.key, names);
  if (!old) {
    table.push_back(std::move(member));
  } else if (length == 1) {
    old->key_place = member.key_place;
    old->value = std::move(member.value);
  } else if (auto* inner = std::get_if<toml::Table>(&old->value.data)) {
    auto& path = std::get<toml::Table>(member.value.data);
    replace(*inner, std::move(path.front()), length - 1, Names::of_user, report);
  } else {
    report.error(member.key_place,
                 fmt::format("{} is no table in {}", old->key, old->key_place.file));
  }
}

bool may_be_set(const toml::Member& member, toml::Report& report) {
  const auto key = find_key(member.key);
  if (!key || key->info.set_by != SetBy::file) return true;
  report.error(
      member.key_place, fmt::format("{} cannot be set on the command line", key->info.name),
      "write it into the estimator's file: everybody on this machine can see command lines");
  return false;
}

}  // namespace

std::string overrides_text(const std::vector<std::string>& overrides) {
  return fmt::format("{}\n", fmt::join(overrides, "\n"));
}

void apply_overrides(const std::vector<std::string>& overrides, toml::Table& document,
                     toml::Report& report) {
  std::uint32_t line = 1;
  for (const auto& text : overrides) {
    const auto equals = end_of_key(text);
    auto path = equals == std::string::npos
                    ? std::nullopt
                    : read_path(std::string_view(text).substr(0, equals), line);
    if (!path) {
      report.error({std::string(overrides_file), {line, 1}},
                   fmt::format("'{}' is not KEY=VALUE", text),
                   "KEY is dotted as in TOML, such as slurm.partition or script_params.--lr");
    } else if (may_be_set(path->outermost, report)) {
      innermost_value(*path) = read_value(std::string_view(text).substr(equals + 1), line,
                                          static_cast<std::uint32_t>(equals + 2));
      replace(document, std::move(path->outermost), path->length, Names::of_estimator, report);
    }
    line += line_count(text);
  }
}

}  // namespace chainer::input
