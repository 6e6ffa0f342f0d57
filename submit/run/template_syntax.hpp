// What bash says of a job template before a job has it.
#pragma once

#include "submit/plan/inspection.hpp"
#include "submit/run/process.hpp"

namespace chainer::run {

/// Adds what `bash -n` says of the template of an inspection without errors, where there is one of
/// the site's or the user's. An error takes the plan away.
void check_template_syntax(plan::Inspection& inspection, ProcessRunner& processes);

}  // namespace chainer::run
