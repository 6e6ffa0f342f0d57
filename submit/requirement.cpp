#include "submit/requirement.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chainer {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_separator(char c) { return c == '-' || c == '_' || c == '.'; }

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool names_local_file(std::string_view line) {
  for (const std::string_view option :
       {"-r", "--requirement", "-c", "--constraint", "-e", "--editable"}) {
    // `-rfile` too, but not `--require-hashes`.
    if (line.starts_with(option) && (option.size() == 2 || line.size() == option.size() ||
                                     line[option.size()] == ' ' || line[option.size()] == '=')) {
      return !line.starts_with("--") || option.starts_with("--");
    }
  }
  return line.starts_with("./") || line.starts_with("../") || line.starts_with("/") ||
         line.starts_with("file:");
}

}  // namespace

std::optional<std::string> package_of(std::string_view requirement) {
  const auto text = trimmed(requirement);
  const auto end =
      std::ranges::find_if_not(text, [](char c) { return is_alphanumeric(c) || is_separator(c); });
  auto name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  const auto rest = trimmed(text.substr(name.size()));
  if (name.empty() || !is_alphanumeric(name.front()) || !is_alphanumeric(name.back()))
    return std::nullopt;
  // What may follow a name: extras, a version, a URL, a marker, a comment, options such as --hash.
  if (!rest.empty() &&
      std::string_view("[(<>=!~@;#-").find(rest.front()) == std::string_view::npos) {
    return std::nullopt;
  }

  std::string package;
  for (const char c : name) {
    if (!is_separator(c))
      package += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    else if (package.back() != '-')
      package += '-';
  }
  return package;
}

std::vector<RequirementLine> read_requirements(std::string_view text, const std::string& file,
                                               Report& report) {
  std::vector<RequirementLine> lines;
  std::uint32_t number = 0;
  bool continues = false;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : text.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    if (continues) {
      lines.back().text += "\n" + std::string(line);
      continues = line.ends_with('\\');
      continue;
    }
    continues = line.ends_with('\\');
    const auto content = trimmed(line);
    const auto column =
        content.empty() ? 1 : static_cast<std::uint32_t>(content.data() - line.data()) + 1;
    RequirementLine read{std::string(line), "", {file, {number, column}}};
    if (names_local_file(content)) {
      report.error(read.place,
                   "a requirement that names a local file is not supported yet in this version",
                   "write the packages here, or name a package index");
    } else if (!content.empty() && !content.starts_with('#') && !content.starts_with('-')) {
      if (auto package = package_of(content)) {
        read.package = *std::move(package);
      } else if (content.find("://") == std::string_view::npos) {
        report.error(read.place, fmt::format("'{}' is not a requirement", content),
                     "a requirement is a package and a version, such as scikit-learn>=1.2");
      }
    }
    lines.push_back(std::move(read));
  }
  return lines;
}

}  // namespace chainer
