// What a doctor finds of a node, a login node or a whole cluster, for both programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.hpp"

namespace chainer {

enum class HealthLevel {
  unseen,   ///< could not be looked at; `why` says why not
  warning,  ///< works, but not all of it, or not for long
  problem,  ///< jobs fail because of it
};

/// "unseen", "warning", "problem": in texts and in JSON.
std::string_view name_of(HealthLevel level);
std::optional<HealthLevel> health_level_named(std::string_view name);

struct HealthFinding {
  HealthLevel level{HealthLevel::problem};
  std::string what;   ///< lower case, without a full stop
  std::string where;  ///< a file, a line of one, a setting
  std::string why;    ///< what comes of it
  std::string next;   ///< what an administrator does about it
  friend bool operator==(const HealthFinding&, const HealthFinding&) = default;
};

using HealthFindings = std::vector<HealthFinding>;

bool has_problem(const HealthFindings& findings);

/// `problem: WHAT`, behind `NODES: ` where some are named, and below it a line each for where, why
/// and next. Made printable.
std::string health_text(const HealthFinding& finding, std::string_view nodes, Colour colour);

/// "2 problems, 1 warning"; "all is well" without one. What was not seen is counted too.
std::string health_summary(const HealthFindings& findings);

}  // namespace chainer
