// A report of the GPU probe, with something of everything.
#pragma once

#include "core/gpu_report/gpu_report.hpp"

namespace chainer {

inline GpuReport small_gpu_report() {
  MeasuredGpu gpu;
  gpu.name = "Card";
  gpu.uuid = "GPU-0";
  gpu.pci_bus_id = "0000:01:00.0";
  gpu.compute_capability = "9.0";
  gpu.memory_bytes = std::uint64_t{8} << 30;
  gpu.has_ecc = true;
  gpu.since_driver_load = {3, 0};
  gpu.stated_bytes_per_s = 1e12;
  gpu.host_to_device_bytes_per_s = 25e9;
  gpu.copy_buffer_bytes = 1 << 30;
  gpu.device_copies = {{"cudaMemcpy", 9.2e11}};
  gpu.launch_round_trip_us = 7.5;
  return {"1.2.3", "580.95.05", "13.0", "12.8", {gpu}, {{0, 1, {}}}, {{"it smokes", "put it out"}}};
}

}  // namespace chainer
