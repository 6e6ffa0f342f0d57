#include "node/builder/pip_settings.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <sstream>

#include "core/trimmed.hpp"
#include "node/builder/credentials.hpp"

namespace chainer::builder {
namespace {

/// pip reads INDEX_URL, index_url and index-url as one name.
std::string option_name(std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return c == '_' ? '-' : static_cast<char>(std::tolower(c));
  });
  return name;
}

std::vector<std::string> words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  return {std::istream_iterator<std::string>(stream), {}};
}

bool is_true(std::string_view text) {
  const auto word = option_name(trimmed(text));
  return word == "1" || word == "true" || word == "yes" || word == "on" || word == "y" ||
         word == "t";
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream{std::string(text)};
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

/// One `name = value` of a file, its continuation lines joined by line ends.
struct ConfigLine {
  std::string section, name, value;
};

/// The grammar of Python's configparser, as far as pip.conf uses it.
std::vector<ConfigLine> config_lines(std::string_view text) {
  std::vector<ConfigLine> lines;
  std::string section;
  for (const auto& raw : split(text, '\n')) {
    const auto line = trimmed(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    const bool indented = raw.front() == ' ' || raw.front() == '\t';
    if (indented && !lines.empty() && lines.back().section == section) {
      lines.back().value.append("\n").append(line);
    } else if (line.front() == '[') {
      section = std::string(line.substr(1, line.find(']') - 1));
    } else if (const auto mark = line.find_first_of("=:"); mark != std::string_view::npos) {
      lines.push_back({section, std::string(trimmed(line.substr(0, mark))),
                       std::string(trimmed(line.substr(mark + 1)))});
    }
  }
  return lines;
}

}  // namespace

void PipSettings::set(std::string_view option, std::string_view value) {
  const auto name = option_name(option);
  const auto one = std::string(trimmed(value));
  if (name == "index-url") index_url = one;
  if (name == "extra-index-url") extra_index_urls = words(value);
  if (name == "find-links") find_links = words(value);
  if (name == "trusted-host") trusted_hosts = words(value);
  if (name == "cert") certificates = one;
  if (name == "proxy") proxy = one;
  if (name == "timeout" || name == "default-timeout") timeout = one;
  if (name == "no-index") no_index = is_true(value);
}

void PipSettings::read_file(std::string_view text) {
  const auto lines = config_lines(text);
  for (const auto* section : {"global", "install"}) {  // a command's own section wins
    for (const auto& line : lines) {
      if (line.section == section) set(line.name, line.value);
    }
  }
}

void PipSettings::read_variables(const Variables& variables) {
  constexpr std::string_view prefix = "PIP_";
  for (const auto& [name, value] : variables) {
    if (name.starts_with(prefix) && !value.empty()) set(name.substr(prefix.size()), value);
  }
}

std::string PipSettings::fingerprint() const {
  std::string text = "index " + index_url + "\n";
  for (const auto& url : extra_index_urls) text += "extra " + url + "\n";
  for (const auto& link : find_links) text += "links " + link + "\n";
  if (no_index) text += "no index\n";
  return without_credentials(text);
}

std::vector<std::string> pip_config_files(const Variables& variables) {
  const auto chosen = value_of(variables, "PIP_CONFIG_FILE");
  if (chosen == "/dev/null") return {};

  std::vector<std::string> files;
  const auto host_folders = value_of(variables, "XDG_CONFIG_DIRS");
  for (const auto& folder : split(host_folders.empty() ? "/etc/xdg" : host_folders, ':')) {
    files.push_back(folder + "/pip/pip.conf");
  }
  files.push_back("/etc/pip.conf");

  if (const auto home = value_of(variables, "HOME"); !home.empty()) {
    const auto config = value_of(variables, "XDG_CONFIG_HOME");
    files.push_back(home + "/.pip/pip.conf");
    files.push_back((config.empty() ? home + "/.config" : config) + "/pip/pip.conf");
  }
  if (!chosen.empty()) files.push_back(chosen);
  return files;
}

PipSettings load_pip_settings(const Variables& variables) {
  PipSettings settings;
  for (const auto& path : pip_config_files(variables)) {
    std::ifstream file(path);
    settings.read_file(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  settings.read_variables(variables);
  return settings;
}

}  // namespace chainer::builder
