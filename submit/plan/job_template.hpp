// A job template of a site's or a user's: bash that stands below a run's own data in its script.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "submit/plan/plan.hpp"
#include "submit/toml/report.hpp"

namespace chainer::plan {

/// When a template may leave a variable of the script out.
enum class Need {
  always,    ///< never
  when_set,  ///< where the run has none of it
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

/// Reports what would break a run: an end of line that bash does not know, directives that sbatch
/// does not read, and variables that are left out although the run has something in them. Findings
/// are in the template itself, by the name that people know it by.
void check_template(const JobTemplate& job_template, const Plan& plan, toml::Report& report);

}  // namespace chainer::plan
