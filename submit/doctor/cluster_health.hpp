// The site file against what Slurm says of the cluster.
#pragma once

#include <string>
#include <vector>

#include "core/health.hpp"
#include "submit/input/site.hpp"
#include "submit/run/cluster_facts.hpp"

namespace chainer::doctor {

/// Partitions that targets name and the cluster lacks, and node types that are more than any node
/// there has.
HealthFindings check_targets(const input::Site& site, const std::vector<run::NodeGroup>& groups);

/// `types` are those that srun names.
HealthFindings check_mpi_types(const input::Site& site, const std::vector<std::string>& types);

/// Whether srun has loaded the plugin: `help` is what srun --help says.
HealthFindings check_options(const std::string& help);

/// "slurm-wlm 22.05.8" of the commands here, against SLURM_VERSION of the controller's
/// configuration.
HealthFindings check_versions(const std::string& commands, const std::string& controller);

}  // namespace chainer::doctor
