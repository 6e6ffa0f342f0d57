// A finding in what commands write with --json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/health.hpp"

namespace chainer::doctor {

inline nlohmann::ordered_json finding_json(const HealthFinding& finding, const std::string& nodes) {
  return {{"level", name_of(finding.level)}, {"nodes", nodes},     {"what", finding.what},
          {"where", finding.where},          {"why", finding.why}, {"next", finding.next}};
}

}  // namespace chainer::doctor
