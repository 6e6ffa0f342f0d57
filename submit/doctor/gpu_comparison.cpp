#include "submit/doctor/gpu_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/gpu_report/gpu_findings.hpp"

namespace chainer::doctor {
namespace {

constexpr char of_driver[] = "chainer-node gpu-files";

/// A container numbers its GPUs anew; the card's own number stays.
const MeasuredGpu* same_gpu(const MeasuredGpu& gpu, const GpuReport& report) {
  const auto found = std::ranges::find(report.gpus, gpu.uuid, &MeasuredGpu::uuid);
  return found == report.gpus.end() ? nullptr : &*found;
}

std::optional<double> fastest_copy(const MeasuredGpu& gpu) {
  if (gpu.device_copies.empty()) return std::nullopt;
  return gpu.device_copies.front().bytes_per_s;
}

std::string rate_text(double bytes_per_s) {
  constexpr double giga = 1e9;
  return fmt::format("{:.1f} GB/s", bytes_per_s / giga);
}

void check_who_is_seen(const GpuReport& outside, const GpuReport& inside, HealthFindings& found) {
  for (const auto& gpu : outside.gpus) {
    if (same_gpu(gpu, inside)) continue;
    found.push_back(
        {HealthLevel::problem, "a container does not see " + name_of(gpu), gpu.uuid,
         "trainings in a container run without it",
         "chainer-node doctor on the node looks at the devices and the driver's files"});
  }
  for (const auto& gpu : inside.gpus) {
    if (same_gpu(gpu, outside)) continue;
    found.push_back({HealthLevel::problem,
                     "a container sees " + name_of(gpu) + ", and a step outside does not", gpu.uuid,
                     "jobs take each other's GPUs", "write ConstrainDevices=yes into cgroup.conf"});
  }
}

void check_version(const std::string& what, const std::string& outside, const std::string& inside,
                   const std::string& next, HealthFindings& found) {
  if (outside == inside) return;
  const auto text = [](const std::string& version) { return version.empty() ? "none" : version; };
  found.push_back(
      {HealthLevel::problem,
       fmt::format("{} is {} in a container and {} outside", what, text(inside), text(outside)),
       of_driver, "CUDA works only with the libraries of the driver that runs", next});
}

void check_speed(const GpuReport& outside, const GpuReport& inside, HealthFindings& found) {
  for (const auto& gpu : outside.gpus) {
    const auto* other = same_gpu(gpu, inside);
    const auto rate = fastest_copy(gpu);
    const auto other_rate = other ? fastest_copy(*other) : std::nullopt;
    if (!rate || !other_rate) continue;
    const auto difference = *other_rate / *rate - 1;
    if (std::abs(difference) <= tolerated_difference) continue;
    found.push_back(
        {HealthLevel::warning,
         fmt::format("{} copies at {} in a container and at {} outside ({:+.1f} %)", name_of(gpu),
                     rate_text(*other_rate), rate_text(*rate), 100 * difference),
         gpu.uuid, "a container costs nothing of that: something else took part of the card",
         "ask again when nobody else uses the node; nvidia-smi shows who does, and clocks that "
         "were lowered"});
  }
}

}  // namespace

HealthFindings compare_gpus(const GpuReport& outside, const GpuReport& inside) {
  HealthFindings found;
  check_who_is_seen(outside, inside, found);
  check_version("the GPU driver", outside.driver, inside.driver,
                "chainer-node gpu-files --write on the node", found);
  check_version("the CUDA of the GPU driver", outside.cuda_of_driver, inside.cuda_of_driver,
                "take the image's cuda-compat out of LD_LIBRARY_PATH; chainer-node gpu-files "
                "--write on the node",
                found);
  check_speed(outside, inside, found);
  return found;
}

std::string speed_text(const MeasuredGpu& outside, const GpuReport* inside) {
  const auto rate = fastest_copy(outside);
  if (!rate) return outside.name + " was not measured";
  auto text = fmt::format("{} copies at {}", outside.name, rate_text(*rate));
  const auto* other = inside ? same_gpu(outside, *inside) : nullptr;
  if (const auto other_rate = other ? fastest_copy(*other) : std::nullopt)
    text += fmt::format(" outside, {} in a container", rate_text(*other_rate));
  if (const auto share = outside.share_of_stated())
    text += fmt::format("; {:.0f} % of what it states", 100 * *share);
  return text;
}

}  // namespace chainer::doctor
