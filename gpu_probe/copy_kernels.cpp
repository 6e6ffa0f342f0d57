#include <string>

#include "gpu_probe/kernels.hpp"

namespace chainer::gpu_probe {

std::string CopyKernel::name() const {
  return "kernel: " + std::to_string(loads) + (loads == 1 ? " load, " : " loads, ") +
         std::to_string(threads) + " threads" + (is_resident ? ", resident" : "") +
         (is_streaming ? ", streaming" : "");
}

std::vector<CopyKernel> all_copy_kernels() {
  std::vector<CopyKernel> kernels;
  for (const int loads : {1, 2, 4, 8}) {
    for (const int threads : {256, 512, 1024}) {
      for (const bool is_resident : {false, true}) {
        for (const bool is_streaming : {false, true})
          kernels.push_back({loads, threads, is_resident, is_streaming});
      }
    }
  }
  return kernels;
}

}  // namespace chainer::gpu_probe
