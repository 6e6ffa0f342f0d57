#include "submit/run/local_script.hpp"

#include <fmt/format.h>

#include "submit/run/job_script.hpp"

namespace chainer::run {

std::string local_script(const plan::Plan& plan, const std::string& run_folder) {
  constexpr std::int64_t seconds_per_minute = 60;
  return fmt::format(
      "#!/bin/bash -p\n# shellcheck disable=SC2034  # some of these are for Slurm alone\n\n"
      "{}time_limit={}\n\n{}",
      script_variables(plan, run_folder), plan.allocation.minutes * seconds_per_minute,
      local_template);
}

std::string script_of(const plan::Plan& plan, const std::string& run_folder) {
  return plan.is_local ? local_script(plan, run_folder) : job_script(plan, run_folder);
}

}  // namespace chainer::run
