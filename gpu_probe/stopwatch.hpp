// How long work on a GPU takes, by the GPU's own clock.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "gpu_probe/cuda_owners.hpp"

namespace chainer::gpu_probe {

/// The middle one: half of them are less. `values` holds one at least.
double median(std::vector<double> values);

/// How often something is measured, and when that ends at the latest.
struct Repeats {
  int most{1};
  std::chrono::milliseconds limit{0};  ///< no run begins after it; the first one always does
};

class Stopwatch {
 public:
  /// Of the current GPU.
  static Result<Stopwatch> create();

  /// Puts work into the stream that it is given.
  using Work = std::function<cudaError_t(cudaStream_t)>;

  /// The seconds that `work` takes, the median of several runs. `verb` names it in an error.
  Result<double> seconds(const std::string& verb, const Work& work, const Repeats& repeats);

  cudaStream_t stream() const { return stream_.get(); }
  /// Waits for all work in the stream.
  Result<void> wait(const std::string& verb);

 private:
  Stopwatch(Stream stream, Event begin, Event end)
      : stream_(std::move(stream)), begin_(std::move(begin)), end_(std::move(end)) {}

  Result<double> one_run(const std::string& verb, const Work& work);

  Stream stream_;
  Event begin_, end_;
};

}  // namespace chainer::gpu_probe
