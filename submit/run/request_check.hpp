// Compares a run's allocation with what the cluster says about itself: findings at the keys that
// they are about.
#pragma once

#include <string>
#include <vector>

#include "submit/plan/plan.hpp"
#include "submit/run/cluster_accounts.hpp"
#include "submit/run/cluster_facts.hpp"
#include "submit/run/value_origins.hpp"

namespace chainer::run {

/// What is compared, and where it was written.
struct Asked {
  const plan::Allocation& allocation;
  const ValueOrigins& origins;
};

/// Partition, its limits, features and GPUs. Slurm accepts a job that exceeds its partition, and
/// never starts it.
void check_partitions(const Asked& asked, const std::vector<NodeGroup>& groups,
                      toml::Report& report);

void check_reservations(const Asked& asked, const std::vector<std::string>& known,
                        toml::Report& report);

/// Account, QOS, and what they allow a job.
void check_accounts(const Asked& asked, const std::string& user,
                    const std::vector<Association>& own,
                    const std::vector<QualityOfService>& all_qos, toml::Report& report);

void check_mpi(const Asked& asked, const std::string& mpi, const std::vector<std::string>& known,
               toml::Report& report);

}  // namespace chainer::run
