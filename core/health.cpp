#include "core/health.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/name_list.hpp"
#include "core/printable.hpp"

namespace chainer {
namespace {

constexpr std::array<std::pair<HealthLevel, std::string_view>, 3> health_levels{
    {{HealthLevel::unseen, "unseen"},
     {HealthLevel::warning, "warning"},
     {HealthLevel::problem, "problem"}}};

std::string in_colour(std::string_view text, HealthLevel level, Colour colour) {
  if (colour == Colour::off) return std::string(text);
  const std::string_view begin = level == HealthLevel::problem   ? "\x1b[1;31m"
                                 : level == HealthLevel::warning ? "\x1b[1;33m"
                                                                 : "\x1b[1m";
  return std::string(begin) + std::string(text) + "\x1b[0m";
}

std::string detail(std::string_view name, const std::string& text) {
  return text.empty() ? "" : "  " + std::string(name) + printable(text) + "\n";
}

std::string counted(std::size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace

std::string_view name_of(HealthLevel level) {
  return std::ranges::find(health_levels, level, [](const auto& one) { return one.first; })->second;
}

std::optional<HealthLevel> health_level_named(std::string_view name) {
  for (const auto& [level, known] : health_levels) {
    if (known == name) return level;
  }
  return std::nullopt;
}

bool has_problem(const HealthFindings& findings) {
  return std::ranges::find(findings, HealthLevel::problem, &HealthFinding::level) != findings.end();
}

std::string health_text(const HealthFinding& finding, std::string_view nodes, Colour colour) {
  std::string text = nodes.empty() ? "" : printable(nodes) + ": ";
  text += in_colour(std::string(name_of(finding.level)) + ":", finding.level, colour) + " " +
          printable(finding.what) + "\n";
  return text + detail("where: ", finding.where) + detail("why:   ", finding.why) +
         detail("next:  ", finding.next);
}

std::string health_summary(const HealthFindings& findings) {
  std::string text;
  const auto add = [&](HealthLevel level, std::string_view noun, std::string_view behind) {
    const auto number =
        static_cast<std::size_t>(std::ranges::count(findings, level, &HealthFinding::level));
    if (number == 0) return;
    append_name(text, (noun.empty() ? std::to_string(number) : counted(number, noun)) +
                          std::string(behind));
  };
  add(HealthLevel::problem, "problem", "");
  add(HealthLevel::warning, "warning", "");
  const bool is_well = text.empty();
  add(HealthLevel::unseen, "", " not looked at");
  return is_well ? "all is well" + (text.empty() ? "" : "; " + text) : text;
}

}  // namespace chainer
