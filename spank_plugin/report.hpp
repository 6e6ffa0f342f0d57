// What people see of the plugin.
#pragma once

#include <string>

#include "core/result.hpp"
#include "spank_plugin/options.hpp"
#include "spank_plugin/step.hpp"

namespace chainer {

/// On a node, to the job's stderr. An Error without text was printed already, by the helper that
/// met it.
void report(const Step& step, const Error& error);

/// In srun, sbatch and salloc. An Error without text was printed already.
void report_to_caller(const Error& error);

/// In srun: which of the job's options do nothing in this step.
void mention_idle_options(const RawOptions& options);

}  // namespace chainer
