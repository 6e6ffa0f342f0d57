#include "gpu_probe/probe.hpp"

#include <algorithm>
#include <numeric>

#include "gpu_probe/gpu_measurement.hpp"
#include "gpu_probe/watchdog.hpp"
#include "version.hpp"

namespace chainer::gpu_probe {
namespace {

/// CUDA's 13020 is 13.2.
std::string cuda_version_text(int number) {
  constexpr int of_major = 1000, of_minor = 10;
  return std::to_string(number / of_major) + "." + std::to_string(number % of_major / of_minor);
}

/// What the card itself says against it.
std::vector<GpuProblem> problems_of(const MeasuredGpu& gpu) {
  const auto errors = gpu.since_driver_load.uncorrected.value_or(0);
  if (errors == 0) return {};
  return {{"GPU " + std::to_string(gpu.index) + " (" + gpu.uuid + ") has had " +
               std::to_string(errors) +
               " errors in its memory that could not be corrected since the driver was loaded",
           "drain the node and reset the card (nvidia-smi --gpu-reset); replace it where they come "
           "again"}};
}

class Probe {
 public:
  explicit Probe(const CommandLine& line)
      : effort_(line.is_quick ? quick_effort : whole_effort), wanted_(line.gpus) {
    probed_.report.probe = version;
  }

  Probed result() && {
    allow_time_for("the driver");
    if (!find_driver() || !choose_gpus()) return std::move(probed_);
    for (const int index : wanted_) measure(index);
    for (const auto& from : probed_.report.gpus) {
      for (const auto& to : probed_.report.gpus) {
        if (from.index != to.index) measure_pair(from.index, to.index);
      }
    }
    return std::move(probed_);
  }

 private:
  void fail(const std::string& what, const std::string& next, ExitCode code = ExitCode::failed) {
    probed_.report.problems.push_back({what, next});
    probed_.code = code;
  }
  void fail(const Error& error) { fail(error.what, error.hint); }

  /// Without a driver CUDA says that the driver is too old; its version is then 0.
  bool find_driver() {
    int of_driver = 0, of_runtime = 0;
    cudaDriverGetVersion(&of_driver);
    cudaRuntimeGetVersion(&of_runtime);
    probed_.report.cuda_runtime = cuda_version_text(of_runtime);
    if (of_driver != 0) probed_.report.cuda_of_driver = cuda_version_text(of_driver);
    probed_.report.driver = library_.driver_version();
    if (of_driver != 0) return true;
    fail("no GPU or no driver: libcuda.so.1 cannot be loaded",
         "run this on a node with a GPU, in a step that has one; in a container, see that "
         "chainer-node gpu-files --write was run on the node",
         ExitCode::no_gpu);
    return false;
  }

  bool choose_gpus() {
    int count = 0;
    const auto answer = cudaGetDeviceCount(&count);
    if (answer == cudaErrorNoDevice || (answer == cudaSuccess && count == 0)) {
      fail("no GPU or no driver: this process sees no GPU",
           "run this in a step that has one (srun --gres=gpu:1), and see that nvidia-smi shows it",
           ExitCode::no_gpu);
      return false;
    }
    if (const auto counted = cuda("count the GPUs", answer); !counted) {
      const auto& report = probed_.report;
      fail(counted.error().what + " (the driver can do CUDA " + report.cuda_of_driver +
               ", this program has " + report.cuda_runtime + ")",
           counted.error().hint);
      return false;
    }
    if (wanted_.empty()) {
      wanted_.resize(static_cast<std::size_t>(count));
      std::iota(wanted_.begin(), wanted_.end(), 0);
    }
    std::ranges::sort(wanted_);
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
    if (wanted_.back() < count) return true;
    fail("there is no GPU " + std::to_string(wanted_.back()) + ": this process sees " +
             std::to_string(count),
         "count from 0", ExitCode::wrong_usage);
    return false;
  }

  void measure(int index) {
    allow_time_for("GPU " + std::to_string(index));
    auto described = describe_gpu(index, library_);
    if (!described) return fail(described.error());
    auto gpu = *std::move(described);
    for (const auto& [what, next] : problems_of(gpu)) fail(what, next);
    if (auto measured = measure_gpu(effort_, gpu); !measured)
      fail(std::move(measured).error().within("GPU " + std::to_string(index)));
    probed_.report.gpus.push_back(std::move(gpu));
  }

  void measure_pair(int from, int to) {
    allow_time_for("GPUs " + std::to_string(from) + " and " + std::to_string(to));
    auto rate = measure_peers(from, to, effort_);
    if (!rate) return fail(rate.error());
    probed_.report.peers.push_back(*rate);
  }

  const Effort& effort_;
  std::vector<int> wanted_;
  DriverLibrary library_;
  Probed probed_;
};

}  // namespace

Probed probe_gpus(const CommandLine& line) {
  auto probed = Probe(line).result();
  end_of_time();
  return probed;
}

}  // namespace chainer::gpu_probe
