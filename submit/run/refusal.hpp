// Which key of the estimator a refusal of sbatch is about.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/diagnostics.hpp"
#include "submit/input/estimator.hpp"

namespace chainer::run {

/// Slurm's last words, without the names of its programs.
std::string reason_of_refusal(std::string_view why);

/// The refusal as a finding at the key that it is about. Nothing where it is not about any of the
/// estimator's keys: the site's defaults may be wrong, or Slurm cannot take jobs now.
std::optional<Finding> finding_of_refusal(const std::string& why,
                                          const input::Estimator& estimator);

}  // namespace chainer::run
