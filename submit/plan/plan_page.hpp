// docs/plan.md: what a Plan is as JSON.
#pragma once

#include <string>

namespace chainer::plan {

/// The text of docs/plan.md, from the list of a Plan's members.
std::string plan_page();

}  // namespace chainer::plan
