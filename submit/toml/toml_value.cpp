#include "submit/toml/toml_value.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "core/source_text.hpp"
#include "submit/toml/toml_nesting.hpp"
#include "submit/toml/toml_syntax.hpp"

namespace chainer::toml {
namespace {

/// Turns toml++'s values, whose tables are sorted by name, back into the order in which they were
/// written.
class Converter {
 public:
  Converter(const SourceText& source, const std::string& file) : source_(source), file_(file) {}

  /// toml++ counts columns in characters, diagnostics count them in bytes.
  Place place(const ::toml::source_position& position) const {
    return {file_, {position.line, source_.byte_column(position.line, position.column)}};
  }

  Table table(const ::toml::table& from) const {
    Table members;
    members.reserve(from.size());
    for (const auto& [key, node] : from) {
      members.push_back({std::string(key.str()), place(key.source().begin), value(node)});
    }
    std::ranges::sort(members, {}, [](const Member& member) { return member.key_place.at; });
    return members;
  }

 private:
  Value value(const ::toml::node& node) const { return {data(node), place(node.source().begin)}; }

  decltype(Value::data) data(const ::toml::node& node) const {
    switch (node.type()) {
      case ::toml::node_type::table: return table(*node.as_table());
      case ::toml::node_type::array: return array(*node.as_array());
      case ::toml::node_type::string: return **node.as_string();
      case ::toml::node_type::integer: return **node.as_integer();
      case ::toml::node_type::floating_point: return **node.as_floating_point();
      case ::toml::node_type::boolean: return **node.as_boolean();
      case ::toml::node_type::date: return Date{text(**node.as_date())};
      case ::toml::node_type::time: return Date{text(**node.as_time())};
      case ::toml::node_type::date_time: return Date{text(**node.as_date_time())};
      case ::toml::node_type::none: break;
    }
    return std::string();
  }

  Array array(const ::toml::array& from) const {
    Array elements;
    elements.reserve(from.size());
    for (const auto& element : from) elements.push_back(value(element));
    return elements;
  }

  static std::string text(const ::toml::date& date) {
    return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
  }

  static std::string text(const ::toml::time& time) {
    auto written = fmt::format("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    const auto microseconds = time.nanosecond / 1000;  // Python keeps no more
    if (microseconds != 0) written += fmt::format(".{:06}", microseconds);
    return written;
  }

  static std::string text(const ::toml::date_time& moment) {
    auto written = text(moment.date) + " " + text(moment.time);
    if (moment.offset) {
      const int minutes = moment.offset->minutes;
      written += fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                             std::abs(minutes) % 60);
    }
    return written;
  }

  const SourceText& source_;
  const std::string& file_;
};

}  // namespace

std::variant<Table, Finding> parse_toml(std::string_view text, const std::string& file) {
  const SourceText source(text);
  if (const auto at = deeper_than(deepest_toml, text)) {
    return Finding{
        file, *at, Severity::error,
        fmt::format("more than {} tables and arrays lie in each other here", deepest_toml), ""};
  }
  const Converter converter(source, file);
  try {
    return converter.table(::toml::parse(text));
  } catch (const ::toml::parse_error& error) {
    const auto at = converter.place(error.source().begin).at;
    return syntax_error(error.description(), file, at, source);
  }
}

std::string_view kind_of(const Value& value) {
  constexpr std::string_view kinds[] = {"a string",       "an integer", "a float", "a boolean",
                                        "a date or time", "an array",   "a table"};
  return kinds[value.data.index()];
}

}  // namespace chainer::toml
