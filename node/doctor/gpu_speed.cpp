#include "node/doctor/gpu_speed.hpp"

#include <unistd.h>

#include "core/gpu_report/gpu_findings.hpp"
#include "core/trusted_path.hpp"
#include "node/doctor/command.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_with_probe = 5min;

Result<GpuReport> ask(const std::string& probe) {
  if (!probe.starts_with('/')) {
    return Error{"there is no " + probe + " beside chainer-node",
                 "install packages that were built where CUDA's toolkit is"};
  }
  if (::geteuid() == 0) TRY(check_only_root_can_change(probe));
  const auto answer = run_command({probe, "--json"}, patience_with_probe);
  auto report = answer ? parse_gpu_report(answer->said) : Result<GpuReport>(answer.error());
  if (report) return report;
  const auto line = answer ? first_line(answer->said) : answer.error().what;
  return Error{"the GPU probe fails: " +
                   (line.empty() ? "it ends with " + std::to_string(answer->code) : line),
               "see what " + probe + " says"};
}

}  // namespace

GpuSpeed measure_gpus(const std::string& probe) {
  GpuSpeed speed{probe};
  auto report = ask(probe);
  if (report) {
    speed.report = *std::move(report);
  } else {
    speed.failure = std::move(report).error();
  }
  return speed;
}

HealthFindings check_gpu_speed(const GpuSpeed& speed) {
  const auto unseen = [&](const std::string& why, const std::string& next) -> HealthFindings {
    return {{HealthLevel::unseen, "how fast the GPUs are", speed.probe, why, next}};
  };
  if (speed.failure) return unseen(speed.failure->what, speed.failure->hint);
  if (!speed.report) return {};
  // Whether there should be GPUs is for who looks at the devices, and at what Slurm hands out.
  const auto& report = *speed.report;
  if (report.gpus.empty() && !report.problems.empty())
    return unseen(report.problems.front().what, report.problems.front().next);
  return check_gpu_report(report);
}

}  // namespace chainer::doctor
