// What people see of the plugin.
#pragma once

#include <string>

#include "core/result.hpp"
#include "spank_plugin/options.hpp"
#include "spank_plugin/preparation_record.hpp"
#include "spank_plugin/step.hpp"

namespace chainer {

/// On a node, to the job's stderr. An Error without text means that another task reports it.
void report(const Step& step, const Error& error);

/// Into the node's log, where slurmstepd's messages go (syslog or SlurmdLogFile), at the level
/// `info`.
void note_in_log(const Step& step, const PreparationRecord& record);
/// Likewise what went wrong beside it, of which no person is told.
void note_in_log(const Step& step, const Error& error);

/// In srun, sbatch and salloc. An Error without text has been printed already.
void report_to_caller(const Error& error);

/// In srun: which of the job's options do nothing in this step.
void mention_idle_options(const RawOptions& options);

}  // namespace chainer
