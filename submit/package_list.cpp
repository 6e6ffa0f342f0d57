#include "submit/package_list.hpp"

#include <fmt/format.h>

#include <map>

namespace chainer {
namespace {

struct Wanted {
  std::string text;
  Place place;
};

/// What the user asks for, by package; reports what is no requirement.
std::multimap<std::string, Wanted> wanted_packages(const Estimator& estimator,
                                                   const std::vector<RequirementLine>& file_lines,
                                                   Report& report) {
  std::multimap<std::string, Wanted> wanted;
  if (estimator.pip_packages) {
    for (const auto& [text, place] : estimator.pip_packages->value) {
      const auto requirement = read_requirement(text, place, report);
      if (requirement) wanted.emplace(requirement->package(), Wanted{text, place});
    }
  }
  for (const auto& line : file_lines) {
    if (line.requirement) {
      wanted.emplace(line.requirement->package(), Wanted{line.text, line.place});
    }
  }
  return wanted;
}

/// The package that a recipe's requirement names; nothing for what is none.
std::optional<std::string> package_of(const std::string& text) {
  const auto requirement = Requirement::parse(text);
  return requirement ? std::optional(requirement->package()) : std::nullopt;
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
  }

  std::string text = fmt::format("# framework_version {}\n", recipe.version);
  for (const auto& requirement : own) {
    const auto replacing = wanted.find(package_of(requirement).value_or(""));
    if (replacing == wanted.end()) {
      text += requirement + "\n";
    } else if (replacing->second.text != requirement) {
      report.warning(replacing->second.place,
                     fmt::format("{} replaces {} of framework_version {}", replacing->second.text,
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
  std::string text;
  for (const auto& constraint : recipe.build_constraints) text += constraint + "\n";
  return text;
}

}  // namespace chainer
