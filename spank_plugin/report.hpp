// What people see of the plugin.
#pragma once

#include <string>

#include "core/result.hpp"
#include "spank_plugin/options.hpp"
#include "spank_plugin/preparation_record.hpp"
#include "spank_plugin/step.hpp"

namespace chainer {

/// On a node, to the job's stderr. An Error without text says that another task tells it.
void report(const Step& step, const Error& error);

/// In the node's log, where Slurm keeps slurmstepd's: syslog or SlurmdLogFile, from the level `info`
/// on.
void note_in_log(const Step& step, const PreparationRecord& record);

/// In srun, sbatch and salloc. An Error without text was printed already.
void report_to_caller(const Error& error);

/// In srun: which of the job's options do nothing in this step.
void mention_idle_options(const RawOptions& options);

}  // namespace chainer
