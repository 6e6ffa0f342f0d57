// One GPU, measured.
#pragma once

#include "core/gpu_report/gpu_report.hpp"
#include "gpu_probe/driver_library.hpp"
#include "gpu_probe/effort.hpp"

namespace chainer::gpu_probe {

/// Names the GPU of this number, as CUDA counts, and says what it states of itself.
Result<MeasuredGpu> describe_gpu(int index, const DriverLibrary& driver);

/// Makes it the current GPU, and fills in what is measured: first the host's bandwidth, then the
/// copies and the launches. An error leaves in `gpu` what was measured before it.
Result<void> measure_gpu(const Effort& effort, MeasuredGpu& gpu);

/// The bandwidth between two GPUs.
Result<PeerRate> measure_peers(int from, int to, const Effort& effort);

}  // namespace chainer::gpu_probe
