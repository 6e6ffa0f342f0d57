#include "submit/plan/input_data.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>

#include "core/digest.hpp"
#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/mention.hpp"
#include "submit/input/overrides.hpp"
#include "submit/plan/missing_path.hpp"

namespace chainer::plan {
namespace {

namespace fs = std::filesystem;
using Kind = FoundInput::Kind;

constexpr std::string_view of_file = "file://";

bool is_web_address(std::string_view path) {
  return path.starts_with("http://") || path.starts_with("https://");
}

std::string mode_of(const input::Input& input) {
  return input.mode ? input.mode->value
                    : input::default_of(input::input_keys(), &input::Input::mode);
}

FoundInput find_input(const input::Input& input, const std::string& folder,
                      const std::string& working_folder) {
  if (!input.path) return {};
  std::string written = input.path->value;
  if (is_web_address(written) || mode_of(input) == "direct") return {Kind::address, written};
  if (written.starts_with(of_file)) written.erase(0, of_file.size());
  const auto& start = input.path->place.file == input::overrides_file ? working_folder : folder;
  auto path = (fs::path(start) / written).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return {Kind::missing, path, path_meant_by(written, start)};
  return {S_ISDIR(status.st_mode) ? Kind::folder : Kind::file, path};
}

bool is_name(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::ranges::all_of(
             text, [](unsigned char c) { return c < 0x80 && (std::isalnum(c) != 0 || c == '_'); });
}

std::string upper_case(std::string_view name) {
  std::string text;
  for (const char c : name) text += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// The last part of an address or a path, by which scripts tell a file's kind.
std::string file_name(std::string_view source, const std::string& fallback) {
  if (is_web_address(source)) source = source.substr(0, source.find_first_of("?#"));
  const auto name = std::string(source.substr(source.rfind('/') + 1));
  return name.empty() || name == "." || name == ".." ? fallback : name;
}

bool holds_login(std::string_view address) {
  const auto host = address.substr(address.find("://") + 3);
  return host.substr(0, host.find_first_of("/?#")).find('@') != host.npos;
}

/// Reports what is wrong with one input by itself. Returns whether it can be used.
class InputCheck {
 public:
  InputCheck(const input::Input& input, const FoundInput& found, toml::Report& report)
      : input_(input), found_(found), report_(report) {}

  bool passes() {
    for (const auto* key : {"name", "path"}) {
      if (!input_.written.contains(key))
        error(input_.place, fmt::format("this input has no {}", key));
    }
    check_name();
    check_path();
    check_destination();
    check_digest();
    return is_good_ && is_mode_known() && input_.name && input_.path;
  }

 private:
  void error(const toml::Place& place, std::string what, std::string hint = {}) {
    report_.error(place, std::move(what), std::move(hint));
    is_good_ = false;
  }

  /// A mode with a wrong value has its own finding, and the other rules cannot be applied.
  bool is_mode_known() const { return input_.mode || !input_.written.contains("mode"); }
  bool has_mode(std::string_view mode) const { return is_mode_known() && mode_of(input_) == mode; }

  void check_name() {
    if (!input_.name || is_name(input_.name->value)) return;
    error(input_.name->place,
          fmt::format("'{}' is no name for an input, which becomes that of a variable",
                      input_.name->value),
          "a name is letters, digits and '_', and starts with no digit");
  }

  void check_path() {
    if (!input_.path || has_mode("direct")) return;
    const auto& place = input_.path->place;
    if (found_.kind == Kind::missing) {
      return error(place, fmt::format("there is no {}", found_.path),
                   hint_on_missing(input_.path->value, found_.meant,
                                   "paths start at the estimator's folder; mode = \"direct\" names "
                                   "what only the nodes see"));
    }
    if (found_.kind != Kind::address) return;
    if (holds_login(found_.path)) {
      return error(place, "an address with a user in it would show in the job's script and records",
                   "fetch it beforehand, or ask for one without");
    }
    if (has_mode("mount")) {
      error(place, "an address cannot be mounted", "write mode = \"download\"");
    }
  }

  void check_destination() {
    if (!input_.path_on_compute) return;
    const auto& [path, place] = *input_.path_on_compute;
    if (has_mode("direct")) {
      return error(place,
                   "path_on_compute stands beside mode = \"direct\", which puts nothing there",
                   "write mode = \"mount\" or \"download\", or leave path_on_compute out");
    }
    const bool has_dots = std::ranges::any_of(
        fs::path(path), [](const fs::path& part) { return part == "." || part == ".."; });
    if (!path.starts_with('/') || has_dots || path.find_first_not_of('/') == path.npos) {
      error(place, fmt::format("path_on_compute is '{}', expected an absolute path below /", path));
    }
  }

  void check_digest() {
    if (!input_.digest) return;
    const auto& place = input_.digest->place;
    const auto digest = Digest::parse(input_.digest->value);
    if (!digest) return error(place, fmt::format("inputs.digest: {}", digest.error().what));
    if (is_mode_known() && !has_mode("download")) {
      error(place, fmt::format("inputs.digest is checked in downloads, and this mode is {}",
                               mode_of(input_)));
    } else if (found_.kind == Kind::folder) {
      error(place, fmt::format("{} is a folder, which has no digest", found_.path));
    }
  }

  const input::Input& input_;
  const FoundInput& found_;
  toml::Report& report_;
  bool is_good_{true};
};

/// Two inputs may share neither variables nor a place in the container.
class Taken {
 public:
  explicit Taken(toml::Report& report) : report_(report) {}

  void check(const input::Input& input) {
    const auto& name = *input.name;
    if (const auto [other, is_new] = names_.emplace(upper_case(name.value), name); !is_new) {
      report_.error(name.place,
                    fmt::format("two inputs are called {} ({})", name.value,
                                input::mention(other->second.place, name.place)),
                    "$CHAINER_INPUT_… is in capitals: names must differ in more than those");
    }
    if (!input.path_on_compute) return;
    const auto& place = *input.path_on_compute;
    if (const auto [other, is_new] = places_.emplace(place.value, place); !is_new) {
      report_.error(place.place, fmt::format("two inputs lie at {} ({})", place.value,
                                             input::mention(other->second.place, place.place)));
    }
  }

 private:
  toml::Report& report_;
  std::map<std::string, toml::Located<std::string>> names_, places_;
};

}  // namespace

std::vector<FoundInput> find_inputs(const input::Estimator& estimator, const std::string& folder,
                                    const std::string& working_folder) {
  std::vector<FoundInput> found;
  if (!estimator.inputs) return found;
  for (const auto& input : estimator.inputs->value) {
    found.push_back(find_input(input, folder, working_folder));
  }
  return found;
}

std::vector<std::string> variables_of_input(const std::string& name) {
  return {"CHAINER_INPUT_" + upper_case(name), "AZUREML_DATAREFERENCE_" + name};
}

InputData input_data(const input::Estimator& estimator, const std::vector<FoundInput>& found,
                     toml::Report& report) {
  InputData data;
  if (!estimator.inputs) return data;
  Taken taken(report);
  const auto name_place = [&](const std::string& name, const std::string& place) {
    for (auto& variable : variables_of_input(name)) {
      data.variables.emplace_back(std::move(variable), place);
    }
  };
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& input = estimator.inputs->value[i];
    if (!InputCheck(input, found[i], report).passes()) continue;
    taken.check(input);
    const auto& name = input.name->value;
    const auto destination = input.path_on_compute ? input.path_on_compute->value : std::string();
    if (mode_of(input) == "direct") {
      name_place(name, input.path->value);
    } else if (mode_of(input) == "mount") {
      const auto& place = destination.empty() ? found[i].path : destination;
      data.binds.push_back({found[i].path, place});
      name_place(name, place);
    } else {
      data.downloads.push_back({name, found[i].path, input.digest ? input.digest->value : "",
                                found[i].kind == Kind::folder ? "" : file_name(found[i].path, name),
                                destination});
    }
  }
  return data;
}

}  // namespace chainer::plan
