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

/// In the order in which names were first logged.
struct RunMetrics {
  std::vector<Metric> metrics;
  std::vector<std::pair<std::string, std::string>> tags;  ///< of each name the newest value
};

/// Reads what is there so far. A line that cannot be read, as one that is being written, is passed
/// by.
RunMetrics read_run_metrics(const run::RunFolder& folder);

}  // namespace chainer::follow
