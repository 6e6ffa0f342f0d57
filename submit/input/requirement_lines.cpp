#include "submit/input/requirement_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/take_part.hpp"

namespace chainer::input {
namespace {

constexpr std::string_view blanks = " \t\r\f\v";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// pip's rule: `#` begins a comment at the start of a line and after a blank; URLs hold others.
std::string_view without_comment(std::string_view line) {
  for (auto at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || blanks.find(line[at - 1]) != std::string_view::npos) return line.substr(0, at);
  }
  return line;
}

enum class Takes { nothing, local_file, index, value };

struct FileOption {
  std::string_view short_name, long_name;
  Takes takes;
};
constexpr std::array file_options{FileOption{"-r", "--requirement", Takes::local_file},
                                  FileOption{"-c", "--constraint", Takes::local_file},
                                  FileOption{"-e", "--editable", Takes::local_file},
                                  FileOption{"-i", "--index-url", Takes::index},
                                  FileOption{"", "--extra-index-url", Takes::index},
                                  FileOption{"-f", "--find-links", Takes::index},
                                  FileOption{"", "--no-index", Takes::nothing},
                                  FileOption{"", "--trusted-host", Takes::value},
                                  FileOption{"", "--no-binary", Takes::value},
                                  FileOption{"", "--only-binary", Takes::value},
                                  FileOption{"", "--use-feature", Takes::value},
                                  FileOption{"", "--prefer-binary", Takes::nothing},
                                  FileOption{"", "--require-hashes", Takes::nothing},
                                  FileOption{"", "--pre", Takes::nothing}};

/// What follows an option's name on its line; nothing for another option.
std::optional<std::string_view> value_of(std::string_view line, const FileOption& option) {
  if (line.starts_with(option.long_name)) {
    const auto rest = line.substr(option.long_name.size());
    if (rest.empty() || rest.front() == '=' || blanks.find(rest.front()) != std::string_view::npos)
      return trimmed(rest.substr(rest.empty() ? 0 : 1));
  }
  // `-rfile` is `-r file`.
  if (!option.short_name.empty() && line.starts_with(option.short_name)) {
    return trimmed(line.substr(option.short_name.size()));
  }
  return std::nullopt;
}

void report_local(const toml::Place& place, toml::Report& report) {
  report.error(place, "a requirement cannot name a local file",
               "write the packages here, or name a package index");
}

void check_option(std::string_view line, const toml::Place& place, toml::Report& report) {
  for (const auto& option : file_options) {
    const auto value = value_of(line, option);
    if (!value) continue;
    if (option.takes == Takes::local_file ||
        (option.takes == Takes::index && is_local_path(*value)))
      return report_local(place, report);
    if (value->empty() == (option.takes == Takes::nothing)) return;
    return report.error(place, fmt::format("{} {}", option.long_name,
                                           value->empty() ? "has no value" : "takes no value"));
  }
  report.error(place,
               fmt::format("requirements files have no option '{}'",
                           line.substr(0, line.find_first_of("= \t"))),
               "options for pip itself belong into its configuration");
}

/// After a requirement, the builder reads only hashes.
bool takes_options(std::string_view options, const toml::Place& place, toml::Report& report) {
  if (options.find_first_of("\n\r") != std::string_view::npos) {
    report.error(place, "a requirement holds a line end");
    return false;
  }
  if (options.empty() || options.starts_with("--hash=") || options.starts_with("--hash "))
    return true;
  report.error(place,
               fmt::format("'{}' cannot stand behind a requirement",
                           options.substr(0, options.find_first_of("= \t"))),
               "only --hash can");
  return false;
}

/// Lines as pip joins them: a backslash at the end continues a line in the next one, and a comment
/// line ends what it stands in.
struct LogicalLine {
  std::string text;
  std::uint32_t number;  ///< of its first line
  std::uint32_t column;  ///< of its first character that is not a blank
};

std::vector<LogicalLine> logical_lines(std::string_view text) {
  std::vector<LogicalLine> lines;
  bool continues = false;
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    auto line = take_line(text);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool is_comment = trimmed(line).starts_with('#');
    const bool goes_on = line.ends_with('\\') && !is_comment;
    if (goes_on) line.remove_suffix(1);
    if (!continues) {
      const auto first = std::min(line.find_first_not_of(blanks), line.size());
      lines.push_back({"", number, static_cast<std::uint32_t>(first) + 1});
    }
    lines.back().text.append(is_comment ? " " : "").append(line);
    continues = goes_on;
  }
  for (auto& line : lines) line.text = trimmed(without_comment(line.text));
  std::erase_if(lines, [](const LogicalLine& line) { return line.text.empty(); });
  return lines;
}

/// In the file that a run gets, such a line would swallow the next one.
bool report_backslash(std::string_view text, const toml::Place& place, toml::Report& report) {
  if (!text.ends_with('\\')) return false;
  report.error(place,
               fmt::format("'{}' ends with a backslash, which joins it with the next line", text),
               "leave the backslash out");
  return true;
}

bool is_url(std::string_view text) {
  return text.find("://") != std::string_view::npos &&
         text.find_first_of(blanks) == std::string_view::npos;
}

}  // namespace

std::optional<Requirement> read_requirement(std::string_view text, const toml::Place& place,
                                            toml::Report& report) {
  if (is_local_path(text)) {
    report_local(place, report);
    return std::nullopt;
  }
  if (report_backslash(text, place, report)) return std::nullopt;
  const auto head = without_options(text);
  if (!takes_options(trimmed(text.substr(head.size())), place, report)) return std::nullopt;
  auto requirement = Requirement::parse(head);
  if (requirement) return *std::move(requirement);
  report.error(place, requirement.error().what, requirement.error().hint);
  return std::nullopt;
}

RequirementLine read_requirement_line(std::string text, const toml::Place& place,
                                      toml::Report& report) {
  std::optional<Requirement> requirement;
  if (text.starts_with('-')) {
    if (!report_backslash(text, place, report)) check_option(text, place, report);
  } else if (is_url(without_options(text)) && !is_local_path(text)) {
    report_backslash(text, place, report);
  } else {
    requirement = read_requirement(text, place, report);
  }
  return {std::move(text), std::move(requirement), place};
}

std::vector<RequirementLine> read_requirements(std::string_view text, const std::string& file,
                                               toml::Report& report) {
  std::vector<RequirementLine> lines;
  for (auto& [line, number, column] : logical_lines(text)) {
    lines.push_back(read_requirement_line(std::move(line), {file, {number, column}}, report));
  }
  return lines;
}

}  // namespace chainer::input
