// A Plan as JSON: the run folder's plan.json, and a part of what `render --json` writes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "submit/plan/plan.hpp"

namespace chainer::plan {

nlohmann::ordered_json plan_object(const Plan& plan);
std::string plan_json(const Plan& plan);

}  // namespace chainer::plan
