// How fast the node's GPUs are, outside of a container.
#pragma once

#include <optional>
#include <string>

#include "core/gpu_report/gpu_report.hpp"
#include "core/health.hpp"

namespace chainer::doctor {

struct GpuSpeed {
  std::string probe;                  ///< the program that measures
  std::optional<Error> failure{};     ///< why it said nothing
  std::optional<GpuReport> report{};  ///< what it said
};

/// Starts the probe, for at most five minutes. As root only if root alone can change it.
GpuSpeed measure_gpus(const std::string& probe);
HealthFindings check_gpu_speed(const GpuSpeed& speed);

}  // namespace chainer::doctor
