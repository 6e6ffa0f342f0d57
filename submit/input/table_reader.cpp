#include "submit/input/table_reader.hpp"

#include <fmt/ranges.h>

namespace chainer::input {

void report_unknown_key(const toml::Member& member, std::string_view full_name,
                        const std::vector<std::string_view>& known, KnownElsewhere elsewhere,
                        toml::Report& report) {
  constexpr std::size_t short_list = 8;
  std::string meant = elsewhere ? elsewhere(member.key) : "";
  if (meant.empty()) meant = nearest(member.key, known);
  report.error(member.key_place, fmt::format("unknown key '{}'", full_name),
               !meant.empty()               ? fmt::format("did you mean '{}'?", meant)
               : known.size() <= short_list ? fmt::format("known here: {}", fmt::join(known, ", "))
                                            : "chainer-submit explain lists every key");
}

void report_unsupported(const toml::Member& member, std::string_view full_name,
                        toml::Report& report) {
  report.error(member.key_place, fmt::format("{} is not supported yet in this version", full_name),
               "remove it; chainer-submit explain shows which keys work");
}

bool is_default(const toml::Value& value, const Default& fallback) {
  if (const auto* own = std::get_if<bool>(&fallback)) {
    const auto* flag = std::get_if<bool>(&value.data);
    return flag && *flag == *own;
  }
  const auto* text = std::get_if<std::string>(&value.data);
  if (const auto* own = std::get_if<std::string_view>(&fallback)) return text && *text == *own;
  if (!std::holds_alternative<std::monostate>(fallback)) return false;
  if (text) return text->empty();
  const auto* array = std::get_if<toml::Array>(&value.data);
  const auto* table = std::get_if<toml::Table>(&value.data);
  return (array && array->empty()) || (table && table->empty());
}

bool report_other_word(const toml::Value& value, std::string_view full_name,
                       std::string_view choices, toml::Report& report) {
  const auto* word = std::get_if<std::string>(&value.data);
  if (choices.empty() || !word) return false;
  const auto words = words_of(choices);
  if (std::ranges::find(words, *word) != words.end()) return false;
  const std::span others(words.begin(), words.size() - 1);
  report.error(value.place, fmt::format("{} is '{}', expected {} or {}", full_name, *word,
                                        fmt::join(others, ", "), words.back()));
  return true;
}

}  // namespace chainer::input
