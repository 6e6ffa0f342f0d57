// What Python scripts do that Chainer and ChainerMN take badly, and say nothing about.
#pragma once

#include <string_view>

#include "submit/plan/plan.hpp"
#include "submit/toml/report.hpp"

namespace chainer::plan {

/// Warns about traps in a script. `file` names it in findings. A guess from names and lines, not a
/// reading of Python: comments and strings of several lines are passed over.
void find_traps(std::string_view script, const std::string& file, const Plan& plan,
                toml::Report& report);

}  // namespace chainer::plan
