// What bash says about a job template, before a job gets it.
#pragma once

#include "submit/plan/inspection.hpp"
#include "submit/run/process.hpp"

namespace chainer::run {

/// Adds what `bash -n` says about the site's or the user's template, if an inspection without
/// errors has one. An error removes the plan.
void check_template_syntax(plan::Inspection& inspection, ProcessRunner& processes);

}  // namespace chainer::run
