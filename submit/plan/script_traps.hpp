// What Python scripts do that makes Chainer and ChainerMN fail silently.
#pragma once

#include <string_view>

#include "submit/plan/plan.hpp"
#include "submit/toml/report.hpp"

namespace chainer::plan {

/// Warns about traps in a script. `file` names it in findings. It guesses from names and lines and
/// does not parse Python: comments and strings of several lines are passed over.
void find_traps(std::string_view script, const std::string& file, const Plan& plan,
                toml::Report& report);

}  // namespace chainer::plan
