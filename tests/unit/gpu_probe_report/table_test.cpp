#include "gpu_probe/table.hpp"

#include <gtest/gtest.h>

#include "small_gpu_report.hpp"

namespace chainer::table_test {
namespace {

using gpu_probe::table_of;

TEST(GpuTable, SaysWhatIsKnownAndWhatIsNot) {
  EXPECT_EQ(table_of(small_gpu_report()),
            R"(chainer-gpu-probe 1.2.3: driver 580.95.05 (CUDA 13.0), CUDA runtime 12.8

GPU 0: Card, 8.0 GiB, compute capability 9.0
  GPU-0, PCI 0000:01:00.0
  ECC                        on   errors since the driver was loaded: 0 uncorrected, 3 corrected
  host to device      25.0 GB/s
  device to host              -
  device copy        920.0 GB/s   92.0 % of 1000.0 GB/s, by cudaMemcpy
  kernel launch         7.50 us   with the wait for its end
                              -   each of many in a queue

from a GPU (row) to another (column), in GB/s; -: by way of the host alone
               0
       0       .

problem: it smokes
  next:  put it out
)");
}

TEST(GpuTable, NamesEachWayToCopyAndPeersInASquare) {
  GpuReport report{"1.2.3", "", "13.0", "13.0"};
  for (int index = 0; index < 2; ++index) {
    MeasuredGpu gpu;
    gpu.index = index;
    gpu.name = "Card";
    gpu.uuid = "GPU-" + std::to_string(index);
    gpu.pci_bus_id = "0000:01:00.0";
    gpu.compute_capability = "9.0";
    gpu.ever = {1, 2};
    gpu.has_ecc = index == 0 ? std::optional<bool>() : true;
    gpu.device_copies = {{"kernel: 4 loads, 512 threads", 2e12}, {"cudaMemcpy", 1.5e12}};
    report.gpus.push_back(gpu);
  }
  report.peers = {{0, 1, 3e11}, {1, 0, {}}};
  EXPECT_EQ(table_of(report),
            R"(chainer-gpu-probe 1.2.3: driver of unknown version (CUDA 13.0), CUDA runtime 13.0

GPU 0: Card, 0.0 GiB, compute capability 9.0
  GPU-0, PCI 0000:01:00.0
  ECC                  not told
  host to device              -
  device to host              -
  device copy       2000.0 GB/s   by kernel: 4 loads, 512 threads
                    1500.0 GB/s   by cudaMemcpy
  kernel launch               -   with the wait for its end
                              -   each of many in a queue

GPU 1: Card, 0.0 GiB, compute capability 9.0
  GPU-1, PCI 0000:01:00.0
  ECC                        on   errors since the driver was loaded: not told uncorrected, not told corrected; ever: 2 uncorrected, 1 corrected
  host to device              -
  device to host              -
  device copy       2000.0 GB/s   by kernel: 4 loads, 512 threads
                    1500.0 GB/s   by cudaMemcpy
  kernel launch               -   with the wait for its end
                              -   each of many in a queue

from a GPU (row) to another (column), in GB/s; -: by way of the host alone
               0       1
       0       .   300.0
       1       -       .
)");
}

}  // namespace
}  // namespace chainer::table_test
