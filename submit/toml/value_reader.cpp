#include "submit/toml/value_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/characters.hpp"

namespace chainer::toml {
namespace {

template <typename T>
const T* get(const Value& value, std::string_view key, std::string_view expected, Report& report,
             std::string hint = {}) {
  const auto* got = std::get_if<T>(&value.data);
  if (!got) report_wrong_type(value, key, expected, report, std::move(hint));
  return got;
}

bool refuse_nul(const std::string& text, const Place& place, std::string_view key, Report& report) {
  if (text.find('\0') == std::string::npos) return false;
  report.error(place, fmt::format("{} holds a NUL byte, which no program can be given", key));
  return true;
}

template <typename T>
std::optional<T> read_bounded(const Value& value, std::string_view key, Report& report) {
  const auto* number = get<std::int64_t>(value, key, "a whole number", report);
  if (!number) return std::nullopt;
  auto bounded = T::from(*number);
  if (!bounded) {
    report.error(value.place, fmt::format("{} is {}, expected 1 to {}", key, *number, T::largest));
  }
  return bounded;
}

/// For types that core parses from text: reports core's own words at the value's place.
template <typename T>
std::optional<T> read_parsed(const Value& value, std::string_view key, std::string_view expected,
                             Report& report) {
  const auto* text = get<std::string>(value, key, expected, report);
  if (!text) return std::nullopt;
  auto parsed = T::parse(*text);
  if (parsed) return *std::move(parsed);
  report.error(value.place, fmt::format("{}: {}", key, parsed.error().what), parsed.error().hint);
  return std::nullopt;
}

}  // namespace

std::string_view words(ValueKind kind) {
  switch (kind) {
    case ValueKind::line: return "string";
    case ValueKind::text: return "text";
    case ValueKind::flag: return "boolean";
    case ValueKind::whole_number: return "integer";
    case ValueKind::count: return "integer above 0";
    case ValueKind::size: return "size";
    case ValueKind::image: return "image reference";
    case ValueKind::strings: return "array of strings";
    case ValueKind::table: return "table";
    case ValueKind::tables: return "array of tables";
    case ValueKind::table_or_file: return "table or string";
  }
  return "";
}

void report_wrong_type(const Value& value, std::string_view key, std::string_view expected,
                       Report& report, std::string hint) {
  report.error(value.place, fmt::format("{} is {}, expected {}", key, kind_of(value), expected),
               std::move(hint));
}

std::optional<std::string> ValueReader<std::string>::read(const Value& value, std::string_view key,
                                                          Report& report) {
  const auto* text = get<std::string>(value, key, "a string", report, "put it in double quotes");
  if (!text) return std::nullopt;
  if (text->empty()) {
    report.error(value.place, fmt::format("{} is empty", key),
                 "leave the key out, or give it a value");
    return std::nullopt;
  }
  if (std::ranges::any_of(*text, is_control)) {
    report.error(value.place, fmt::format("{} holds a line end or another control character", key));
    return std::nullopt;
  }
  return *text;
}

std::optional<Prose> ValueReader<Prose>::read(const Value& value, std::string_view key,
                                              Report& report) {
  const auto* text = get<std::string>(value, key, "a string", report, "put it in double quotes");
  if (!text || refuse_nul(*text, value.place, key, report)) return std::nullopt;
  return Prose{*text};
}

std::optional<bool> ValueReader<bool>::read(const Value& value, std::string_view key,
                                            Report& report) {
  const auto* flag = get<bool>(value, key, "true or false", report);
  return flag ? std::optional(*flag) : std::nullopt;
}

std::optional<std::int64_t> ValueReader<std::int64_t>::read(const Value& value,
                                                            std::string_view key, Report& report) {
  const auto* number = get<std::int64_t>(value, key, "a whole number", report);
  return number ? std::optional(*number) : std::nullopt;
}

std::optional<Count> ValueReader<Count>::read(const Value& value, std::string_view key,
                                              Report& report) {
  return read_bounded<Count>(value, key, report);
}

std::optional<Seconds> ValueReader<Seconds>::read(const Value& value, std::string_view key,
                                                  Report& report) {
  return read_bounded<Seconds>(value, key, report);
}

std::optional<ByteSize> ValueReader<ByteSize>::read(const Value& value, std::string_view key,
                                                    Report& report) {
  return read_parsed<ByteSize>(value, key, "a size such as \"16g\"", report);
}

std::optional<ImageRef> ValueReader<ImageRef>::read(const Value& value, std::string_view key,
                                                    Report& report) {
  return read_parsed<ImageRef>(value, key, "an image reference", report);
}

std::optional<Strings> ValueReader<Strings>::read(const Value& value, std::string_view key,
                                                  Report& report) {
  const auto* array = get<Array>(value, key, "an array of strings", report);
  if (!array) return std::nullopt;
  Strings strings;
  for (const auto& element : *array) {
    const auto* text = std::get_if<std::string>(&element.data);
    if (!text) {
      report_wrong_type(element, fmt::format("an element of {}", key), "a string", report,
                        "put it in double quotes");
    } else if (!refuse_nul(*text, element.place, key, report)) {
      strings.push_back({*text, element.place});
    }
  }
  return strings;
}

std::optional<Table> ValueReader<Table>::read(const Value& value, std::string_view key,
                                              Report& report) {
  const auto* table = get<Table>(value, key, "a table", report);
  return table ? std::optional(*table) : std::nullopt;
}

}  // namespace chainer::toml
