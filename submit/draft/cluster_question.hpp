// Asks Slurm for all that a site file can say of a cluster.
#pragma once

#include "submit/draft/site_draft.hpp"
#include "submit/run/console.hpp"
#include "submit/run/services.hpp"

namespace chainer::draft {

/// An error where Slurm does not answer, or has no partitions.
Result<ClusterFacts> ask_for_cluster(const run::Services& services, run::Console& console);

}  // namespace chainer::draft
