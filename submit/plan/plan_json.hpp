// A Plan as JSON: the run folder's plan.json, and a part of what `render --json` writes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "submit/plan/plan.hpp"

namespace chainer::plan {

/// The text of a document. Bytes that are not UTF-8 (a file's name may hold any) become U+FFFD
/// instead of an exception.
std::string dump(const nlohmann::ordered_json& json);

nlohmann::ordered_json plan_object(const Plan& plan);
std::string plan_json(const Plan& plan);

}  // namespace chainer::plan
