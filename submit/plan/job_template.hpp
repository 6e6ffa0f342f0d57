// A site's or a user's job template: bash that comes after a run's own data in its script.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "submit/plan/plan.hpp"
#include "submit/toml/report.hpp"

namespace chainer::plan {

/// When a template must use a variable of the script.
enum class Need {
  always,    ///< in every run
  when_set,  ///< where the run sets it to something
  never,
};

struct TemplateVariable {
  std::string_view name;
  Need need;
  std::string_view sentence;
};

/// The variables that a script sets above its template, in their order.
std::span<const TemplateVariable> template_variables();

/// Whether bash code uses a variable: $name, ${name…}, or its name in an arithmetic expression.
bool uses_variable(std::string_view code, std::string_view name);

/// Reports what would break a run: line ends that bash does not know, directives that sbatch does
/// not read, and unused variables that the run has set to something. Findings are in the template
/// itself, under the name that people know it by.
void check_template(const JobTemplate& job_template, const Plan& plan, toml::Report& report);

}  // namespace chainer::plan
