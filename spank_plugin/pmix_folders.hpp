// The folders that mpi/pmix made for a step before its tasks were forked.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace chainer {

struct PmixFolders {
  std::string server;  ///< the tasks' way to slurmstepd; empty where mpi/pmix is not used
  std::string client;  ///< the tasks' own files, where a user names a place for them; else empty
};

/// `server` is the value of PMIX_SERVER_TMPDIR in slurmstepd's environment, which mpi/pmix sets: it
/// knows Slurm's names of the node, and that the components of a heterogeneous job share the
/// leader's folder. `base` is the user's SLURM_PMIX_TMPDIR; without it the tasks' files are in
/// Slurm's TmpFS, which is /tmp or a folder of the site's list.
PmixFolders find_pmix_folders(std::string_view server, std::string_view base, uid_t user);

}  // namespace chainer
