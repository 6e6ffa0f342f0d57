#include "core/gpu_report/gpu_findings.hpp"

#include <cmath>

namespace chainer {
namespace {

std::string percent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

}  // namespace

std::string name_of(const MeasuredGpu& gpu) {
  return "GPU " + std::to_string(gpu.index) + " (" + gpu.name + ")";
}

HealthFindings check_gpu_report(const GpuReport& report) {
  HealthFindings found;
  for (const auto& [what, next] : report.problems) {
    found.push_back({HealthLevel::problem, what, "chainer-gpu-probe",
                     "programs on this GPU fail, or compute something wrong", next});
  }
  for (const auto& gpu : report.gpus) {
    const auto share = gpu.share_of_stated();
    if (!share || *share >= least_share_of_stated) continue;
    found.push_back(
        {HealthLevel::warning,
         name_of(gpu) + " copies at " + percent(*share) +
             " of what its memory can do, and 90 % is usual",
         gpu.uuid, "every training on it is slower than it should be",
         "see with nvidia-smi -q -d CLOCK,PERFORMANCE whether it is throttled, and with "
         "nvidia-smi whether others use it"});
  }
  return found;
}

}  // namespace chainer
