#include "submit/toml_value.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <tuple>

namespace chainer {
namespace {

/// Turns toml++'s values, whose tables are sorted by name, back into what was written.
class Converter {
 public:
  Converter(std::string_view text, const std::string& file) : text_(text), file_(file) {
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
  }

  Place place(const toml::source_position& position) const {
    return {file_, {position.line, byte_column(position)}};
  }

  /// The column of the first character on a line that is no blank.
  std::uint32_t first_column(std::uint32_t line) const {
    const auto start = line_starts_[line - 1];
    const auto first = text_.find_first_not_of(" \t", start);
    return static_cast<std::uint32_t>(std::min(first, text_.size()) - start + 1);
  }

  TomlTable table(const toml::table& from) const {
    TomlTable members;
    members.reserve(from.size());
    for (const auto& [key, node] : from) {
      members.push_back({std::string(key.str()), place(key.source().begin), value(node)});
    }
    std::ranges::sort(members, {}, [](const TomlMember& member) { return member.key_place.at; });
    return members;
  }

 private:
  TomlValue value(const toml::node& node) const { return {data(node), place(node.source().begin)}; }

  decltype(TomlValue::data) data(const toml::node& node) const {
    switch (node.type()) {
      case toml::node_type::table: return table(*node.as_table());
      case toml::node_type::array: return array(*node.as_array());
      case toml::node_type::string: return **node.as_string();
      case toml::node_type::integer: return **node.as_integer();
      case toml::node_type::floating_point: return **node.as_floating_point();
      case toml::node_type::boolean: return **node.as_boolean();
      case toml::node_type::date: return TomlDate{text(**node.as_date())};
      case toml::node_type::time: return TomlDate{text(**node.as_time())};
      case toml::node_type::date_time: return TomlDate{text(**node.as_date_time())};
      case toml::node_type::none: break;
    }
    return std::string();
  }

  TomlArray array(const toml::array& from) const {
    TomlArray elements;
    elements.reserve(from.size());
    for (const auto& element : from) elements.push_back(value(element));
    return elements;
  }

  static std::string text(const toml::date& date) {
    return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
  }

  static std::string text(const toml::time& time) {
    auto written = fmt::format("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    const auto microseconds = time.nanosecond / 1000;  // Python keeps no more
    if (microseconds != 0) written += fmt::format(".{:06}", microseconds);
    return written;
  }

  static std::string text(const toml::date_time& moment) {
    auto written = text(moment.date) + " " + text(moment.time);
    if (moment.offset) {
      const int minutes = moment.offset->minutes;
      written += fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                             std::abs(minutes) % 60);
    }
    return written;
  }

  /// toml++ counts code points, diagnostics count bytes.
  std::uint32_t byte_column(const toml::source_position& position) const {
    if (position.line == 0 || position.line > line_starts_.size()) return position.column;
    std::size_t at = line_starts_[position.line - 1];
    const std::size_t start = at;
    for (auto points = position.column; points > 1 && at < text_.size(); --points) {
      ++at;
      while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xc0) == 0x80) ++at;
    }
    return static_cast<std::uint32_t>(at - start + 1);
  }

  std::string_view text_;
  const std::string& file_;
  std::vector<std::size_t> line_starts_;
};

/// toml++ says "Error while parsing value: …"; what shows it says "error:" already.
std::string as_message(std::string_view description) {
  constexpr std::string_view head = "Error ";
  if (description.starts_with(head)) description.remove_prefix(head.size());
  std::string message(description);
  if (!message.empty()) {
    message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
  }
  return message;
}

}  // namespace

std::variant<TomlTable, Finding> parse_toml(std::string_view text, const std::string& file) {
  const Converter converter(text, file);
  try {
    return converter.table(toml::parse(text));
  } catch (const toml::parse_error& error) {
    auto at = converter.place(error.source().begin).at;
    // A key that is there twice is noticed behind its value: the caret belongs under the key.
    if (error.description().find("cannot redefine") != std::string_view::npos) {
      at.column = converter.first_column(at.line);
    }
    return Finding{file, at, Severity::error, as_message(error.description()), ""};
  }
}

std::string_view kind_of(const TomlValue& value) {
  constexpr std::string_view kinds[] = {"a string",       "an integer", "a float", "a boolean",
                                        "a date or time", "an array",   "a table"};
  return kinds[value.data.index()];
}

}  // namespace chainer
