// What the cluster says of a plan before there is a job: does all that it names exist, is it within
// the limits, can it ever run.
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

/// How much is asked: `quick` is one short question, for those who wait for their job.
enum class Depth { quick, whole };

struct ClusterAnswer {
  std::vector<Finding> findings;
  std::vector<NotLookedAt> not_looked_at;
  std::string
      start;  ///< when and where Slurm would start it; empty: it was not asked, or did not say
  /// Why somebody could not be asked, Slurm or the registry; what that leaves stands in
  /// `not_looked_at`.
  std::optional<PinFailure> failure;
  bool is_interrupted{false};

  /// Whether some finding is an error.
  bool is_wrong() const;
};

/// Asks for the plan of an inspection that found nothing. `user` is the account's name.
ClusterAnswer ask_cluster(const plan::Inspection& inspection, const std::string& user, Depth depth,
                          const Services& services, Console& console);

}  // namespace chainer::run
