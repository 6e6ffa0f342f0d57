// What the GPU probe said outside of a container and inside of one, against each other.
#pragma once

#include "core/gpu_report/gpu_report.hpp"
#include "core/health.hpp"

namespace chainer::doctor {

/// A container takes nothing of a card's speed: 1 % is the goal, and what is more than this, of two
/// measurements one after the other, has a cause.
inline constexpr double tolerated_difference = 0.03;

/// GPUs that only one of them saw, another driver, and copies within a card that differ.
HealthFindings compare_gpus(const GpuReport& outside, const GpuReport& inside);

/// "NVIDIA H100 80GB HBM3 copies at 3050.1 GB/s outside, 3049.2 GB/s in the container; 91 % of what
/// it states", with what there is of it.
std::string speed_text(const MeasuredGpu& outside, const GpuReport* inside);

}  // namespace chainer::doctor
