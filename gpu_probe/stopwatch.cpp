#include "gpu_probe/stopwatch.hpp"

#include <algorithm>

namespace chainer::gpu_probe {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Result<Stopwatch> Stopwatch::create() {
  TRY_ASSIGN(auto stream, new_stream());
  TRY_ASSIGN(auto begin, new_event());
  TRY_ASSIGN(auto end, new_event());
  return Stopwatch(std::move(stream), std::move(begin), std::move(end));
}

Result<double> Stopwatch::one_run(const std::string& verb, const Work& work) {
  TRY(cuda(verb, cudaEventRecord(begin_.get(), stream_.get())));
  TRY(cuda(verb, work(stream_.get())));
  TRY(cuda(verb, cudaEventRecord(end_.get(), stream_.get())));
  TRY(wait(verb));
  float milliseconds = 0;
  TRY(cuda(verb, cudaEventElapsedTime(&milliseconds, begin_.get(), end_.get())));
  return double{milliseconds} / 1000;
}

Result<double> Stopwatch::seconds(const std::string& verb, const Work& work,
                                  const Repeats& repeats) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + repeats.limit;
  std::vector<double> times;
  do {
    TRY_ASSIGN(const double time, one_run(verb, work));
    times.push_back(time);
  } while (std::ssize(times) < repeats.most && Clock::now() < end);
  return median(std::move(times));
}

Result<void> Stopwatch::wait(const std::string& verb) {
  return cuda(verb, cudaStreamSynchronize(stream_.get()));
}

}  // namespace chainer::gpu_probe
