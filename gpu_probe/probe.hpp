// All GPUs that this process sees, measured one after the other.
#pragma once

#include "core/gpu_report/gpu_report.hpp"
#include "gpu_probe/command_line.hpp"

namespace chainer::gpu_probe {

struct Probed {
  GpuReport report;
  ExitCode code{ExitCode::measured};
};

/// What goes wrong is a problem in the report. A GPU that fails does not keep the others from being
/// measured. A GPU that never answers ends the program, with a line on standard error.
Probed probe_gpus(const CommandLine& line);

}  // namespace chainer::gpu_probe
