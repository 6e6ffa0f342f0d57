#include "submit/plan/exec_limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chainer::plan {
namespace {

/// MAX_ARG_STRLEN of Linux: one string with its NUL byte.
constexpr std::size_t longest_string = std::size_t{128} * 1024;

/// All strings and their pointers may take a quarter of the usual stack of 8 MiB; some of that is
/// left for what Slurm and the image add.
constexpr std::size_t most_in_all = (std::size_t{2048} - 256) * 1024;

constexpr const char* way_out =
    "put it into a file of source_directory, and let the script read it";

std::size_t room(std::size_t length) { return length + 1 + sizeof(char*); }

toml::Place place_of(const input::Estimator& estimator, const std::string& variable) {
  for (const auto& member : estimator.environment_variables->value) {
    if (member.key == variable) return member.key_place;
  }
  return estimator.environment_variables->place;
}

toml::Place place_of_arguments(const input::Estimator& estimator) {
  if (estimator.script_args) return estimator.script_args->place;
  return estimator.script_params ? estimator.script_params->place : estimator.whole;
}

}  // namespace

void check_exec_limits(const input::Estimator& estimator,
                       const std::vector<std::pair<std::string, std::string>>& environment,
                       const std::vector<ArgumentGroup>& arguments, toml::Report& report) {
  std::size_t of_variables = 0, of_arguments = 0;
  for (const auto& [name, value] : environment) {
    const auto length = name.size() + 1 + value.size();
    of_variables += room(length);
    if (length < longest_string || !estimator.environment_variables) continue;
    report.error(
        place_of(estimator, name),
        fmt::format("{} is {} bytes long, and no program can be given a variable of more than "
                    "{}",
                    name, value.size(), longest_string - name.size() - 2),
        way_out);
  }
  for (const auto& group : arguments) {
    for (const auto& argument : group) of_arguments += room(argument.size());
  }
  if (of_variables + of_arguments <= most_in_all) return;
  const bool variables_are_more = of_variables > of_arguments && estimator.environment_variables;
  report.error(
      variables_are_more ? estimator.environment_variables->place : place_of_arguments(estimator),
      fmt::format("variables and arguments take {} bytes together, and a program can be given "
                  "{}",
                  of_variables + of_arguments, most_in_all),
      way_out);
}

}  // namespace chainer::plan
