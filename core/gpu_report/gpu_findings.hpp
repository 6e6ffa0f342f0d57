// What a doctor says of one report of the GPU probe.
#pragma once

#include "core/gpu_report/gpu_report.hpp"
#include "core/health.hpp"

namespace chainer {

/// A card in order copies at 90 % and more of what it states; the rest is left to noise and to
/// other jobs on it.
inline constexpr double least_share_of_stated = 0.8;

/// The probe's own problems, and cards that copy at less than that share.
HealthFindings check_gpu_report(const GpuReport& report);

/// "GPU 0 (NVIDIA H100 80GB HBM3)"
std::string name_of(const MeasuredGpu& gpu);

}  // namespace chainer
