#include "submit/plan/package_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "submit/plan/conda_list.hpp"

namespace chainer {
namespace {

struct Wanted {
  std::string text;
  Place place;
  bool names_version;  ///< or a place: it stands against the recipe's own
};

/// What the user asks for, by package; reports what is no requirement.
std::multimap<std::string, Wanted> wanted_packages(const Estimator& estimator,
                                                   const std::vector<RequirementLine>& file_lines,
                                                   Report& report) {
  std::multimap<std::string, Wanted> wanted;
  if (estimator.pip_packages) {
    for (const auto& [text, place] : estimator.pip_packages->value) {
      const auto requirement = read_requirement(text, place, report);
      if (requirement)
        wanted.emplace(requirement->package(), Wanted{text, place, requirement->names_version()});
    }
  }
  for (const auto& line : file_lines) {
    if (line.requirement) {
      wanted.emplace(line.requirement->package(),
                     Wanted{line.text, line.place, line.requirement->names_version()});
    }
  }
  return wanted;
}

/// The package that a recipe's requirement names; nothing for what is none.
std::optional<std::string> package_of(const std::string& text) {
  const auto requirement = Requirement::parse(text);
  return requirement ? std::optional(requirement->package()) : std::nullopt;
}

/// The user's requirement that stands in place of the recipe's: the first that says which version.
const Wanted* replacement_of(const std::string& requirement,
                             const std::multimap<std::string, Wanted>& wanted) {
  const auto [begin, end] = wanted.equal_range(package_of(requirement).value_or(""));
  const auto found =
      std::find_if(begin, end, [](const auto& entry) { return entry.second.names_version; });
  return found == end ? nullptr : &found->second;
}

/// Without CuPy Chainer trains on the CPU, and says so to nobody. An image's own does not serve:
/// the run's environment sees none of the image's packages.
void check_cupy(const Estimator& estimator, const Recipe& recipe,
                const std::vector<std::string>& packages, Report& report) {
  const auto is_cupy = [](std::string_view line) {
    return line.substr(0, line.find('#')).find("cupy") != line.npos;
  };
  if (std::ranges::any_of(packages, is_cupy)) return;
  report.error(
      estimator.use_gpu->place,
      fmt::format("use_gpu is true, and CuPy is neither in framework_version {} nor among the "
                  "run's packages",
                  recipe.version),
      "add the one for the image's CUDA to pip_packages, such as \"cupy-cuda12x\"");
}

std::string one_a_line(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace

void check_packages(const Estimator& estimator, Report& report) {
  wanted_packages(estimator, {}, report);
}

std::string requirements_text(const Estimator& estimator, const Recipe& recipe,
                              const std::vector<RequirementLine>& file_lines, Report& report) {
  const auto wanted = wanted_packages(estimator, file_lines, report);
  auto own = recipe.pip;
  if (estimator.use_gpu && estimator.use_gpu->value) {
    own.insert(own.end(), recipe.gpu_pip.begin(), recipe.gpu_pip.end());
    auto all = own;
    for (const auto& [package, one] : wanted) all.push_back(package);
    for (const auto& line : file_lines) all.push_back(line.text);
    if (estimator.conda_packages) {
      for (const auto& package : estimator.conda_packages->value) all.push_back(package.value);
    }
    check_cupy(estimator, recipe, all, report);
  }

  std::string text = fmt::format("# framework_version {}\n", recipe.version);
  for (const auto& requirement : own) {
    const auto* replacing = replacement_of(requirement, wanted);
    if (!replacing) {
      text += requirement + "\n";
    } else if (replacing->text != requirement) {
      report.warning(replacing->place,
                     fmt::format("{} replaces {} of framework_version {}", replacing->text,
                                 requirement, recipe.version),
                     "Chainer was checked with its own versions only");
    }
  }
  if (estimator.pip_packages && !estimator.pip_packages->value.empty()) {
    text += "# pip_packages\n";
    for (const auto& package : estimator.pip_packages->value) text += package.value + "\n";
  }
  if (!file_lines.empty()) {
    text += "# pip_requirements_file\n";
    for (const auto& line : file_lines) text += line.text + "\n";
  }
  return text;
}

std::string build_constraints_text(const Recipe& recipe) {
  return one_a_line(recipe.build_constraints);
}

std::string startup_text(const Estimator& estimator, const Recipe& recipe) {
  return conda_file_of(estimator) ? "" : one_a_line(recipe.startup);
}

}  // namespace chainer
