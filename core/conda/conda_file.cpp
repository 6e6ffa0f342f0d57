#include "core/conda/conda_file.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "core/characters.hpp"
#include "core/trimmed.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20;

Position position_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// `https://USER:PASSWORD@host/…`, and the `/t/TOKEN/` of conda's own servers.
bool holds_secret(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto rest = url.substr(scheme + 3);
  const auto path = std::min(rest.find('/'), rest.size());
  return rest.substr(0, path).find('@') != std::string_view::npos ||
         rest.substr(path).starts_with("/t/");
}

class Reader {
 public:
  Reader(const std::string& file, CondaFile& into) : file_(file), into_(into) {}

  void read(const YAML::Node& root) {
    if (!root.IsMap()) {
      return error({1, 1}, "expected the keys of a conda environment file, such as dependencies",
                   "a list of pip's requirements belongs into a requirements.txt");
    }
    std::set<std::string> seen;
    for (const auto& member : root) read_member(member.first, member.second, seen);
    if (!seen.contains("dependencies")) {
      error({}, "dependencies are missing", "list the packages under dependencies:");
    }
  }

  void error(Position at, std::string message, std::string hint = {}) {
    into_.findings.push_back({file_, at, Severity::error, std::move(message), std::move(hint)});
  }

 private:
  void read_member(const YAML::Node& key_node, const YAML::Node& value,
                   std::set<std::string>& seen) {
    const auto at = position_of(key_node.Mark());
    if (!key_node.IsScalar()) return error(at, "expected a key");
    const auto& key = key_node.Scalar();
    if (!seen.insert(key).second) return error(at, key + " is given twice");
    if (key == "channels") return read_channels(value);
    if (key == "dependencies") return read_dependencies(value);
    if (key == "variables") return read_variables(value);
    if (key == "name" || key == "prefix") {
      return warning(at, key + " is ignored: a run's environment has a place of its own");
    }
    if (key == "platforms" || key == "category") return warning(at, key + " is ignored");
    const auto meant = nearest(key, {"channels", "dependencies", "variables", "name", "prefix"});
    error(at, "conda's environment files have no key '" + key + "'",
          meant.empty() ? "there are channels, dependencies and variables"
                        : "did you mean '" + std::string(meant) + "'?");
  }

  void read_channels(const YAML::Node& list) {
    if (list.IsNull()) return;
    if (!list.IsSequence()) return wrong_kind(list, "channels", "a list of channels");
    for (const auto& item : items_of(list, "channels")) {
      const auto line = text_of(item, "a channel's name or URL");
      if (!line) continue;
      if (auto fault = fault_of_channel(line->text); !fault.empty()) {
        error(line->at, fault,
              holds_secret(line->text)
                  ? "put them into ~/.netrc, so that they do not end up in the lock"
                  : "");
      } else {
        into_.channels.push_back(*line);
      }
    }
  }

  void read_dependencies(const YAML::Node& list) {
    if (list.IsNull()) return;
    if (!list.IsSequence()) return wrong_kind(list, "dependencies", "a list of packages");
    for (const auto& item : items_of(list, "dependencies")) {
      if (item.IsMap())
        read_pip(item);
      else
        read_package(item);
    }
  }

  void read_package(const YAML::Node& item) {
    const auto line = text_of(item, "a package, such as numpy=1.23");
    if (!line) return;
    auto spec = MatchSpec::parse(line->text);
    if (!spec) return error(line->at, spec.error().what, spec.error().hint);
    if (!spec->channel().empty()) {
      if (auto fault = fault_of_channel(spec->channel()); !fault.empty()) {
        return error(line->at, fault);
      }
    }
    into_.packages.push_back({*std::move(spec), line->at});
  }

  void read_pip(const YAML::Node& item) {
    for (const auto& member : item) {
      const auto at = position_of(member.first.Mark());
      if (!member.first.IsScalar() || member.first.Scalar() != "pip") {
        error(at, "expected a package or pip: with a list under it",
              "a version stands behind '=', as in numpy=1.23");
      } else if (member.second.IsNull()) {
        continue;
      } else if (!member.second.IsSequence()) {
        wrong_kind(member.second, "pip", "a list of requirements");
      } else {
        read_requirements(member.second);
      }
    }
  }

  void read_requirements(const YAML::Node& list) {
    for (const auto& item : items_of(list, "pip")) {
      if (const auto line = text_of(item, "a requirement, such as scikit-learn>=1.2"))
        into_.pip.push_back(*line);
    }
  }

  void read_variables(const YAML::Node& map) {
    if (map.IsNull()) return;
    if (!map.IsMap()) return wrong_kind(map, "variables", "names and values");
    for (const auto& member : map) {
      const auto at = position_of(member.first.Mark());
      if (!member.first.IsScalar() || !is_variable_name(member.first.Scalar())) {
        error(at, "expected the name of an environment variable",
              "a name is letters, digits and '_', and starts with no digit");
      } else if (!member.second.IsScalar()) {
        error(at, "expected one value for the variable " + member.first.Scalar());
      } else if (member.second.Scalar().find('\0') != std::string::npos) {
        error(at, member.first.Scalar() + " holds a NUL byte, which no program can be given");
      } else {
        into_.variables.push_back({member.first.Scalar(), member.second.Scalar(), at});
      }
    }
  }

  /// The items without the empty ones, which the parser places at what follows them.
  std::vector<YAML::Node> items_of(const YAML::Node& list, const std::string& key) {
    std::vector<YAML::Node> items;
    bool some_are_empty = false;
    for (const auto& item : list) {
      some_are_empty = some_are_empty || item.IsNull();
      if (!item.IsNull()) items.push_back(item);
    }
    if (some_are_empty) error(position_of(list.Mark()), key + " holds an empty item");
    return items;
  }

  /// An item that is one line of text; nothing when it was reported.
  std::optional<CondaFile::Line> text_of(const YAML::Node& item, const std::string& expected) {
    const auto at = position_of(item.Mark());
    if (!item.IsScalar()) {
      error(at, "expected " + expected);
      return std::nullopt;
    }
    const auto text = trimmed(item.Scalar());
    if (text.empty() || has_control(text)) {
      error(at, "expected " + expected + ", on one line");
      return std::nullopt;
    }
    return CondaFile::Line{std::string(text), at};
  }

  void wrong_kind(const YAML::Node& node, const std::string& key, const std::string& expected) {
    error(position_of(node.Mark()), key + ": expected " + expected,
          "write one a line, each behind a dash and a blank");
  }

  void warning(Position at, std::string message) {
    into_.findings.push_back({file_, at, Severity::warning, std::move(message), ""});
  }

  const std::string& file_;
  CondaFile& into_;
};

}  // namespace

bool CondaFile::is_sound() const {
  return std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.severity == Severity::error; });
}

CondaFile read_conda_file(std::string_view text, const std::string& file) {
  CondaFile result;
  Reader reader(file, result);
  if (text.size() > largest_file) {
    reader.error({}, "the file is larger than 1 MiB");
    return result;
  }
  // The parser's own exceptions end here.
  try {
    reader.read(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& failure) {
    reader.error(position_of(failure.mark), "this is no YAML: " + failure.msg,
                 "lists stand one item a line, behind a dash and a blank; no tabs");
  }
  sort_by_position(result.findings);
  return result;
}

std::string fault_of_channel(std::string_view channel) {
  if (holds_secret(channel)) return "the channel's URL holds credentials";
  const auto scheme = channel.find("://");
  if (scheme != std::string_view::npos) {
    const auto name = channel.substr(0, scheme);
    constexpr std::array<std::string_view, 4> schemes{"https", "http", "file", "oci"};
    if (std::ranges::find(schemes, name) == schemes.end()) {
      return "there are channels at https://, http:// and file://, not at '" + std::string(name) +
             "://'";
    }
  } else if (channel.starts_with('.') || channel.starts_with('~')) {
    return "'" + std::string(channel) +
           "' is a path that means another folder elsewhere: write it " +
           "in full, with file:// in front";
  }
  const bool is_plain = !channel.empty() && channel.find("::") == std::string_view::npos &&
                        channel.find_first_of(" \t'\"<>\\`{}|^,") == std::string_view::npos;
  return is_plain ? "" : "'" + std::string(channel) + "' is not the name or the URL of a channel";
}

bool is_conda_file_name(std::string_view name) {
  return name.ends_with(".yml") || name.ends_with(".yaml");
}

}  // namespace chainer
