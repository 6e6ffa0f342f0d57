#include "submit/plan/ignore_rules.hpp"

#include <fnmatch.h>

#include "core/take_part.hpp"

namespace chainer::plan {
namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (slash != 0) segments.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return segments;
}

/// When a segment does not match, goes back only to the last `**`: whatever an earlier one could
/// still take in, the last one can take in too. So the time is at most the product of the lengths.
bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  std::size_t next = 0, at = 0;
  std::optional<std::size_t> after_stars;
  std::size_t taken_by_stars = 0;
  while (at < path.size()) {
    if (next < pattern.size() && pattern[next] == "**") {
      after_stars = ++next;
      taken_by_stars = at;
    } else if (next < pattern.size() &&
               ::fnmatch(pattern[next].c_str(), path[at].c_str(), 0) == 0) {
      ++next;
      ++at;
    } else if (after_stars) {
      next = *after_stars;
      at = ++taken_by_stars;
    } else {
      return false;
    }
  }
  while (next < pattern.size() && pattern[next] == "**") ++next;
  return next == pattern.size();
}

/// Trailing blanks do not count unless a backslash stands before them.
std::string_view without_trailing_blanks(std::string_view line) {
  while (line.ends_with(' ') && !line.ends_with("\\ ")) line.remove_suffix(1);
  return line;
}

}  // namespace

IgnoreRules IgnoreRules::parse(std::string_view text) {
  IgnoreRules rules;
  while (!text.empty()) {
    auto line = take_line(text);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = without_trailing_blanks(line);
    if (line.empty() || line.starts_with('#')) continue;

    Rule rule;
    if (line.starts_with('!')) {
      rule.keeps = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      rule.folders_only = true;
      line.remove_suffix(1);
    }
    // A slash at the start or in the middle ties a pattern to the root; other patterns match at any
    // depth.
    const bool anchored = line.find('/') != std::string_view::npos;
    rule.segments = split_path(line);
    if (rule.segments.empty()) continue;
    // `a/**` means what is inside of a, not a itself.
    if (rule.segments.back() == "**") rule.segments.emplace_back("*");
    if (!anchored) rule.segments.insert(rule.segments.begin(), "**");
    rules.rules_.push_back(std::move(rule));
  }
  return rules;
}

std::optional<bool> IgnoreRules::ignores(std::string_view path, EntryKind kind) const {
  const auto segments = split_path(path);
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->folders_only && kind != EntryKind::folder) continue;
    if (matches(rule->segments, segments)) return !rule->keeps;
  }
  return std::nullopt;
}

}  // namespace chainer::plan
