#include "submit/input/table_reader.hpp"

#include <fmt/ranges.h>

namespace chainer::input {

void report_unknown_key(const toml::Member& member, std::string_view full_name,
                        const std::vector<std::string_view>& known, KnownElsewhere elsewhere,
                        toml::Report& report) {
  // Longer ones are the estimator's own tables, which `explain` knows. The site file's are shorter.
  constexpr std::size_t short_list = 16;
  std::string meant = elsewhere ? elsewhere(member.key) : "";
  if (meant.empty()) meant = nearest(member.key, known);
  report.error(member.key_place, fmt::format("unknown key '{}'", full_name),
               !meant.empty()               ? fmt::format("did you mean '{}'?", meant)
               : known.size() <= short_list ? fmt::format("known here: {}", fmt::join(known, ", "))
                                            : "chainer-submit explain lists every key");
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
