// What the cluster says about a plan before there is a job: whether everything that it names
// exists, whether it is within the limits, and whether it can ever run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "submit/plan/inspection.hpp"
#include "submit/run/console.hpp"
#include "submit/run/image_pin.hpp"
#include "submit/run/services.hpp"

namespace chainer::run {

/// Something that was not looked at, and why.
struct NotLookedAt {
  std::string what, why;
};

/// How much is asked: `quick` is one short question, for people who wait for their job.
enum class Depth { quick, whole };

struct ClusterAnswer {
  std::vector<Finding> findings;
  std::vector<NotLookedAt> not_looked_at;
  std::string start;  ///< when and where Slurm would start it; empty: not asked, or not answered
  /// Why Slurm or the registry could not be asked; what therefore was not checked is in
  /// `not_looked_at`.
  std::optional<PinFailure> failure;
  bool is_interrupted{false};

  /// Whether some finding is an error.
  bool is_wrong() const;
};

/// Asks about the plan of an inspection that found nothing. `user` is the account's name.
ClusterAnswer ask_cluster(const plan::Inspection& inspection, const std::string& user, Depth depth,
                          const Services& services, Console& console);

}  // namespace chainer::run
