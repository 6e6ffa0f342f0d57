#include "submit/draft/project_guess.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "core/requirement.hpp"
#include "core/result.hpp"
#include "core/text_file.hpp"
#include "submit/draft/python_programs.hpp"
#include "submit/draft/python_reader.hpp"
#include "submit/draft/translation.hpp"
#include "submit/draft/yaml_document.hpp"
#include "submit/input/key_search.hpp"
#include "submit/input/recipe.hpp"
#include "submit/input/requirement_lines.hpp"
#include "submit/plan/missing_path.hpp"
#include "submit/plan/other_files.hpp"

namespace chainer::draft {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view usual_scripts[] = {"train.py", "main.py"};
constexpr int processes_to_start_with = 2;

/// Packages whose modules have a different name.
constexpr std::pair<std::string_view, std::string_view> packages_of_modules[] = {
    {"sklearn", "scikit-learn"}, {"PIL", "Pillow"},           {"cv2", "opencv-python-headless"},
    {"yaml", "PyYAML"},          {"skimage", "scikit-image"}, {"dateutil", "python-dateutil"},
};

/// What a script imports: a module's name, and "FILE:LINE" of its first import.
using Imports = std::map<std::string, std::string>;

Result<Imports> read_imports(const std::string& script, run::ProcessRunner& processes) {
  TRY_ASSIGN(const auto answer, read_python(read_imports_program, script, processes));
  if (answer.contains("error")) {
    return Error{fmt::format("{}:{}: {}", script, answer.value("line", 0),
                             answer["error"].get<std::string>()),
                 "", 0, Fault::user};
  }
  Imports imports;
  for (const auto& [name, place] : answer["imports"].items()) {
    imports[name] = fmt::format("{}:{}", place[0].get<std::string>(), place[1].get<int>());
  }
  return imports;
}

class Guess {
 public:
  Guess(const std::string& script, const std::string& folder, const input::Site& site,
        Imports imports)
      : folder_(fs::path(script).parent_path()), site_(site), imports_(std::move(imports)) {
    draft_.say(
        "Written by chainer-submit init. What it guessed says so; chainer-submit explain KEY "
        "tells\n"
        "what a key means, chainer-submit check FILE what is wrong.");
    draft_.set("source_directory", folder_.lexically_relative(folder).string(),
               "The folder of the scripts; a snapshot of it is what runs.");
    draft_.set("entry_script", fs::path(script).filename().string());
    read_conda_file();
    target();
    distribution();
    version();
    packages();
    gpu();
    module_of_the_service();
  }

  Draft draft() && { return std::move(draft_); }

 private:
  void target() {
    const auto& targets = site_.targets;
    std::vector<std::string_view> others;
    for (const auto& other : std::span(targets).subspan(1)) others.push_back(other.name);
    draft_.set("compute_target", targets.front().name,
               others.empty() ? "The one target of the site."
                              : fmt::format("Guessed: the site's first target. Others: {}.",
                                            fmt::join(others, ", ")));
  }

  void distribution() {
    const auto* module = imports_.contains("chainermn") ? "chainermn"
                         : imports_.contains("mpi4py")  ? "mpi4py"
                                                        : nullptr;
    if (!module) return;
    const int count = std::min(processes_to_start_with, site_.targets.front().node_type.cpus.get());
    toml::Table training{{"type", {}, {std::string("mpi"), {}}},
                         {"process_count_per_node", {}, {std::int64_t{count}, {}}}};
    draft_.set("node_count", std::int64_t{1});
    draft_.set("distributed_training", std::move(training),
               fmt::format("Guessed: {} imports {}. How many processes is yours to say.",
                           imports_[module], module));
  }

  void version() {
    const auto versions = input::recipe_versions(site_.recipes);
    const auto [asked, place] = pinned_chainer();
    const bool is_known = std::ranges::find(versions, asked) != versions.end();
    const auto& chosen = is_known ? asked : site_.default_framework_version;
    const auto known = fmt::format("There are {}.", fmt::join(versions, ", "));
    draft_.set("framework_version", chosen,
               is_known ? fmt::format("Guessed: {} names it. {}", place, known)
               : asked.empty()
                   ? "The site's default. " + known
                   : fmt::format("Guessed: {} asks for {}, which the site has no recipe for. {}",
                                 place, asked, known));
    read_what_the_recipe_brings(chosen);
  }

  void read_what_the_recipe_brings(const std::string& version) {
    toml::Report ignored;  // the estimator's check says what is wrong with a recipe
    const auto recipe = input::read_recipe(site_.recipes, {version, {}}, ignored);
    if (!recipe) return;
    for (const auto& line : recipe->pip) {
      if (const auto package = Requirement::parse(line)) brought_.insert(package->package());
    }
  }

  /// The version in requirements.txt or environment.yml, and where.
  std::pair<std::string, std::string> pinned_chainer() {
    toml::Report ignored;
    if (const auto text = read_text_file((folder_ / "requirements.txt").string())) {
      for (const auto& line : input::read_requirements(*text, "requirements.txt", ignored)) {
        if (!line.text.starts_with("chainer==")) continue;
        return {pinned_version(line.text), fmt::format("requirements.txt:{}", line.place.at.line)};
      }
      return {};
    }
    const auto* version = conda_ ? conda_->draft.find("framework_version") : nullptr;
    if (version) return {std::get<std::string>(*version), conda_->file};
    return {};
  }

  void packages() {
    if (fs::exists(folder_ / "requirements.txt")) {
      draft_.set("pip_requirements_file", std::string("requirements.txt"),
                 "Found. A version in it wins over the framework's own.");
      return;
    }
    if (conda_) return from_conda_file();
    toml::Array names;
    std::vector<std::string> places;
    for (const auto& [module, place] : imports_) {
      const auto package = package_of(module);
      if (package.empty()) continue;
      names.push_back({package, {}});
      places.push_back(place);
    }
    if (names.empty()) return;
    draft_.set("pip_packages", std::move(names),
               fmt::format("Guessed from the imports in {}. Name versions, so that the run stays "
                           "the same.",
                           fmt::join(places, ", ")));
  }

  void read_conda_file() {
    for (const auto* name : {"environment.yml", "environment.yaml", "conda_dependencies.yml"}) {
      if (conda_ || !fs::exists(folder_ / name)) continue;
      conda_ = Translation{name, folder_.string(), folder_.string()};
      translate_conda_file((folder_ / name).string(), name, {name, {}}, *conda_);
    }
  }

  void from_conda_file() {
    for (const auto& finding : conda_->report.sorted()) {
      draft_.say(fmt::format("{}:{}: {}: {}", finding.file, finding.at.line, finding.message,
                             finding.hint));
    }
    for (const auto* key : {"conda_packages", "pip_packages"}) {
      const auto* packages = conda_->draft.find(key);
      if (!packages) continue;
      draft_.set(key, *packages, fmt::format("From {}.", conda_->file));
    }
  }

  /// The package to ask for; empty for what the recipe brings, and for what cannot be had by its
  /// name.
  std::string package_of(const std::string& module) const {
    constexpr std::string_view dealt_with[] = {"azureml", "chainermn", "mpi4py", "cupy"};
    if (std::ranges::find(dealt_with, module) != std::end(dealt_with)) return {};
    const auto* known = std::ranges::find(packages_of_modules, std::string_view(module),
                                          [](const auto& row) { return row.first; });
    const std::string package(known == std::end(packages_of_modules) ? module : known->second);
    const auto parsed = Requirement::parse(package);
    return !parsed || brought_.contains(parsed->package()) ? std::string() : package;
  }

  void gpu() {
    if (!imports_.contains("cupy")) return;
    draft_.say(fmt::format("{} imports cupy: use_gpu = true is for a target with GPUs.",
                           imports_["cupy"]));
  }

  void module_of_the_service() {
    if (!imports_.contains("azureml")) return;
    draft_.set_in("run", "compat", true,
                  fmt::format("{} imports azureml: Run.get_context().log(…) works, and writes into "
                              "the run's metrics.jsonl.",
                              imports_["azureml"]));
  }

  fs::path folder_;
  const input::Site& site_;
  Imports imports_;
  std::set<std::string> brought_;
  std::optional<Translation> conda_;  ///< of the conda file beside the script
  Draft draft_;
};

}  // namespace

Result<std::string> find_script(const std::string& place) {
  std::error_code failure;
  if (fs::is_regular_file(place, failure)) {
    if (!plan::is_notebook(place)) return place;
    return Error{fmt::format("{} is a notebook", place), plan::hint_on_notebook(place), 0,
                 Fault::user};
  }
  if (!fs::is_directory(place, failure)) {
    return Error{fmt::format("there is no {}", place),
                 plan::hint_on_missing(place, plan::path_meant_by(place, ".", ".py"),
                                       "name a script, or the folder that it is in"),
                 0, Fault::user};
  }
  std::vector<std::string> scripts;
  for (const auto& entry : fs::directory_iterator(place, failure)) {
    if (entry.path().extension() == ".py") scripts.push_back(entry.path().filename().string());
  }
  std::ranges::sort(scripts);
  const auto usual = std::ranges::find_if(usual_scripts, [&](std::string_view name) {
    return std::ranges::find(scripts, name) != scripts.end();
  });
  if (usual != std::end(usual_scripts)) return (fs::path(place) / *usual).string();
  if (scripts.size() == 1) return (fs::path(place) / scripts.front()).string();
  return Error{scripts.empty() ? fmt::format("there is no Python script in {}", place)
                               : fmt::format("it may be any of {}", fmt::join(scripts, ", ")),
               "name the script: chainer-submit init SCRIPT", 0, Fault::user};
}

Result<Draft> guess_estimator(const std::string& script, const std::string& target,
                              const input::Site& site, run::ProcessRunner& processes) {
  TRY_ASSIGN(auto imports, read_imports(script, processes));
  return Guess(script, target, site, std::move(imports)).draft();
}

}  // namespace chainer::draft
