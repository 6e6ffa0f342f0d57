#include "node/source/enroot_files.hpp"

#include <algorithm>

#include "core/characters.hpp"
#include "core/take_part.hpp"

namespace chainer::source {
namespace {

constexpr std::size_t largest_enroot_file = std::size_t{256} << 10;

// The lines of the script that hold the working directory and the entrypoint. The latter stands
// twice: with the command that a person gives, and behind that with the image's own.
constexpr std::string_view before_folder = "cd \"";
constexpr std::string_view behind_folder = "\" && unset OLDPWD || exit 1";
constexpr std::string_view before_entrypoint = "exec ";
constexpr std::string_view behind_entrypoint = " \"$@\"";

/// What stands between the two in a line; empty where it is another line.
std::optional<std::string_view> between(std::string_view line, std::string_view before,
                                        std::string_view behind) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (line.size() < before.size() + behind.size() || !line.starts_with(before) ||
      !line.ends_with(behind)) {
    return std::nullopt;
  }
  return line.substr(before.size(), line.size() - before.size() - behind.size());
}

/// Words as bash quotes them ('it'\''s'), with blanks between; empty where one is written otherwise.
std::optional<std::vector<std::string>> unquoted(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    std::string word;
    while (!text.empty() && text.front() != ' ') {
      if (text.starts_with("\\'")) {
        word += '\'';
        text.remove_prefix(2);
        continue;
      }
      const auto end = text.find('\'', 1);
      if (text.front() != '\'' || end == std::string_view::npos) return std::nullopt;
      word += text.substr(1, end - 1);
      text.remove_prefix(end + 1);
    }
    words.push_back(std::move(word));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  return words;
}

bool is_variable(std::string_view line) {
  const auto name = line.substr(0, line.find('='));
  return name.size() < line.size() && is_variable_name(name) && line.find('\0') == line.npos;
}

}  // namespace

std::optional<TreeSettings> settings_of_enroot(std::string_view rc, std::string_view environment) {
  TreeSettings settings;
  bool is_enroots = false;
  while (!rc.empty()) {
    const auto line = take_line(rc);
    if (const auto folder = between(line, before_folder, behind_folder)) {
      settings.working_directory = *folder;
      is_enroots = true;
    } else if (const auto words = between(line, before_entrypoint, behind_entrypoint)) {
      settings.entrypoint = unquoted(*words).value_or(std::vector<std::string>());
    }
  }
  if (!is_enroots) return std::nullopt;
  while (!environment.empty()) {
    const auto line = take_line(environment);
    if (is_variable(line)) settings.environment.emplace_back(line);
  }
  return settings;
}

std::optional<TreeSettings> settings_of_enroot(archive::RootTree& tree) {
  const auto rc = tree.small_file("etc/rc", largest_enroot_file);
  if (!rc) return std::nullopt;
  return settings_of_enroot(*rc,
                            tree.small_file("etc/environment", largest_enroot_file).value_or(""));
}

}  // namespace chainer::source
