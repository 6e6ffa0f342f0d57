// A report of GPUs as a person reads it.
#pragma once

#include <string>

#include "core/gpu_report/gpu_report.hpp"

namespace chainer::gpu_probe {

/// A head with the versions, a block for each GPU, the peers as a square, and the problems. Rates
/// are in GB/s (1e9 bytes), memory in GiB.
std::string table_of(const GpuReport& report);

}  // namespace chainer::gpu_probe
