// Reads a Plan that was written as JSON: plan.json of a run's folder.
#pragma once

#include <string_view>

#include "core/result.hpp"
#include "submit/plan/plan.hpp"

namespace chainer::plan {

/// Strict: every member is there, none is unknown, and each holds what a Plan may hold. The error
/// names the first that does not, by its place: "/allocation/nodes is 0, …". The user's fault.
Result<Plan> read_plan(std::string_view json);

}  // namespace chainer::plan
