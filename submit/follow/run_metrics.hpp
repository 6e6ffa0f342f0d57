// What a run's script logged through the module of the retired service: metrics.jsonl.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "submit/run/run_folder.hpp"

namespace chainer::follow {

struct Metric {
  std::string name;
  std::string value;     ///< JSON: the value, or the array of them where there were several
  std::string last;      ///< JSON: the newest one
  std::size_t count{0};  ///< how many there are
};

/// The metrics, in the order in which their names were first logged.
struct RunMetrics {
  std::vector<Metric> metrics;
  std::vector<std::pair<std::string, std::string>> tags;  ///< the newest value of each name
};

/// Reads what is there so far. A line that cannot be read is passed over, such as one that is being
/// written.
RunMetrics read_run_metrics(const run::RunFolder& folder);

}  // namespace chainer::follow
