#include "submit/plan/conda_list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/json/json_text.hpp"
#include "core/match_spec.hpp"
#include "submit/plan/allocation.hpp"
#include "submit/plan/package_list.hpp"

namespace chainer::plan {
namespace {

/// Conda's and pip's names mean the same package where they differ only in `_` and `.`.
std::string comparable(std::string name) {
  std::ranges::replace_if(
      name, [](char c) { return c == '_' || c == '.'; }, '-');
  return name;
}

struct WantedSpec {
  MatchSpec spec;
  std::string text;  ///< what is finally asked for
  toml::Place place;
};

/// conda_packages, in the order written, by the names that pip's requirements are compared with.
class WantedList {
 public:
  explicit WantedList(const input::Estimator& estimator) {
    if (!estimator.conda_packages) return;
    for (const auto& [text, place] : estimator.conda_packages->value) {
      const auto spec = MatchSpec::parse(text);  // what is not one has been reported
      if (spec) list_.push_back({*spec, text, place});
    }
  }

  WantedSpec* find(const std::string& package) {
    const auto found = std::ranges::find_if(
        list_, [&](const WantedSpec& one) { return comparable(one.spec.name()) == package; });
    return found == list_.end() ? nullptr : &*found;
  }

  const std::vector<WantedSpec>& all() const { return list_; }

 private:
  std::vector<WantedSpec> list_;
};

std::string with_channel(const MatchSpec& spec, const std::string& text) {
  return spec.channel().empty() ? text : spec.channel() + "::" + text;
}

/// Whether conda brings the package of a recipe's requirement. A bare name gets the requirement's
/// version, if conda can read it.
bool comes_by_conda(const std::string& requirement, WantedList& wanted, const input::Recipe& recipe,
                    toml::Report& report) {
  const auto parsed = Requirement::parse(requirement);
  auto* one = parsed ? wanted.find(parsed->package()) : nullptr;
  if (one == nullptr) return false;
  if (one->spec.names_version()) {
    report.warning(one->place,
                   fmt::format("{} replaces {} of framework_version {}", one->text, requirement,
                               recipe.version),
                   "Chainer was checked with its own versions only");
    return true;
  }
  if (const auto spec = MatchSpec::parse(requirement); spec && spec->names_version())
    one->text = with_channel(one->spec, requirement);
  return true;
}

/// The recipe without what conda brings.
input::Recipe left_for_pip(input::Recipe recipe, WantedList& wanted, toml::Report& report) {
  const auto whole = recipe;
  for (auto* list : {&recipe.pip, &recipe.gpu_pip}) {
    std::erase_if(*list, [&](const std::string& requirement) {
      return comes_by_conda(requirement, wanted, whole, report);
    });
  }
  return recipe;
}

/// A string of JSON is one of YAML.
std::string yaml_string(const std::string& text) { return json_line(nlohmann::json(text)); }

std::string pip_part(const std::string& requirements) {
  std::string text;
  std::istringstream lines(requirements);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && !line.starts_with('#')) text += "      - " + yaml_string(line) + "\n";
  }
  return text.empty() ? text : "  - pip:\n" + text;
}

/// Without CuPy, Chainer trains on the CPU and tells nobody.
void check_cupy(const input::Estimator& estimator, const WrittenCondaFile& written,
                toml::Report& report) {
  if (!estimator.use_gpu || !estimator.use_gpu->value || !written.file.is_sound()) return;
  const auto& file = written.file;
  const bool is_there =
      std::ranges::any_of(file.packages,
                          [](const auto& one) { return one.spec.name().starts_with("cupy"); }) ||
      std::ranges::any_of(file.pip, [](const auto& one) { return one.text.starts_with("cupy"); });
  if (is_there) return;
  report.error(estimator.use_gpu->place,
               "use_gpu is true, and CuPy is not in the conda environment file",
               "add cupy to its dependencies, or the one for the image's CUDA to its pip part");
}

}  // namespace

WrittenCondaFile read_written_conda_file(const std::string& text, const std::string& path,
                                         const toml::Place& place, toml::Report& report) {
  auto file = read_conda_file(text, path);
  for (const auto& finding : file.findings) report.take(finding);
  for (const auto& line : file.pip)
    input::read_requirement_line(line.text, {path, line.at}, report);
  return {std::move(file), text, place};
}

const input::Given<std::string>& conda_file_of(const input::Estimator& estimator) {
  return estimator.conda_dependencies_file ? estimator.conda_dependencies_file
                                           : estimator.conda_dependencies_file_path;
}

bool uses_conda(const input::Estimator& estimator) {
  return conda_file_of(estimator) ||
         (estimator.conda_packages && !estimator.conda_packages->value.empty());
}

void check_conda_keys(const input::Estimator& estimator, toml::Report& report) {
  if (estimator.conda_packages) {
    for (const auto& [text, place] : estimator.conda_packages->value) {
      const auto spec = MatchSpec::parse(text);
      if (!spec) report.error(place, spec.error().what, spec.error().hint);
    }
  }
  const auto& file = conda_file_of(estimator);
  if (!file) return;
  const auto beside = [&](const char* key, const auto& given) {
    if (!given) return;
    report.error(given->place,
                 fmt::format("{} stands beside the conda environment file {} ({}), which is the "
                             "whole of a run's packages",
                             key, file->value, where(file->place)),
                 "write these packages into that file, pip's under pip:, or leave it out");
  };
  beside("conda_packages", estimator.conda_packages);
  beside("pip_packages", estimator.pip_packages);
  beside("pip_requirements_file", estimator.pip_requirements_file);
  beside("pip_requirements_file_path", estimator.pip_requirements_file_path);
}

std::string conda_text(const input::Estimator& estimator, const input::Recipe& recipe,
                       const std::optional<WrittenCondaFile>& written,
                       const std::vector<input::RequirementLine>& file_lines,
                       toml::Report& report) {
  if (written) {
    check_cupy(estimator, *written, report);
    return written->text;
  }
  WantedList wanted(estimator);
  const auto by_pip = left_for_pip(recipe, wanted, report);
  const auto requirements = requirements_text(estimator, by_pip, file_lines, report);
  std::string text =
      fmt::format("# framework_version {} and conda_packages\ndependencies:\n", recipe.version);
  if (wanted.find("python") == nullptr)
    text += "  - " + yaml_string("python" + recipe.python) + "\n";
  for (const auto& one : wanted.all()) text += "  - " + yaml_string(one.text) + "\n";
  return text + pip_part(requirements);
}

}  // namespace chainer::plan
