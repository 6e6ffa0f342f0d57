// What a process that slurmstepd starts takes over from the job, as its tasks have it.
#pragma once

namespace chainer::save {

/// The umask that Slurm gives the tasks: the user's word on who may read what the user makes. Where
/// Slurm does not say it, nobody else may.
void take_on_jobs_umask();

/// A terminal hangs up when the shell of a step ends, for those who have it open, but not for those
/// who open it then.
void take_up_terminal_again();

}  // namespace chainer::save
