#include "mpi_probe/measurement.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>

namespace chainer::mpi_probe {
namespace {

constexpr std::size_t sizes_of_messages[] = {8, 64 << 10, 4 << 20};
constexpr std::size_t sizes_of_sums[] = {8, 64 << 10, 4 << 20};
constexpr double us_of_batch = 5'000;
constexpr int fewest_batches = 5, most_batches = 60;
constexpr double us_of_all_batches = 500'000;
constexpr int trial = 3;  // the first messages also make connections
constexpr int most_repeats = 20'000;

double us_of(const std::function<void()>& work, int repeats) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  for (int done = 0; done < repeats; ++done) work();
  const std::chrono::duration<double, std::micro> took = Clock::now() - begin;
  return took.count() / repeats;
}

/// What rank 0 says is so for all.
double as_rank_0_says(Mpi& mpi, double value) {
  const double said = mpi.rank() == 0 ? value : 0;
  double agreed = 0;
  mpi.sum(&said, &agreed, 1);
  return agreed;
}

/// How often a batch does it.
int agreed_repeats(Mpi& mpi, const std::function<void()>& work) {
  us_of(work, trial);
  const double us = std::max(us_of(work, trial), 0.01);
  return static_cast<int>(
      as_rank_0_says(mpi, std::clamp(us_of_batch / us, 1.0, double{most_repeats})));
}

/// Of the fastest of many short batches, by this rank's clock: what else runs on the nodes makes a
/// batch slower, and never faster. Every rank does the same work.
double fastest_us(Mpi& mpi, const std::function<void()>& work) {
  const int repeats = agreed_repeats(mpi, work);
  double fastest = 0, all = 0;
  for (int done = 0; done < most_batches; ++done) {
    if (done >= fewest_batches && as_rank_0_says(mpi, all) > us_of_all_batches) break;
    mpi.barrier();
    const double us = us_of(work, repeats);
    all += us * repeats;
    fastest = done == 0 ? us : std::min(fastest, us);
  }
  return fastest;
}

}  // namespace

std::vector<std::string> hosts_of_ranks(Mpi& mpi, const std::string& own) {
  constexpr std::size_t room = 256;
  std::array<char, room> name{};
  std::copy_n(own.begin(), std::min(own.size(), room - 1), name.begin());
  if (mpi.rank() != 0) {
    mpi.send(name.data(), room, 0);
    return {};
  }
  std::vector<std::string> hosts{own};
  for (int from = 1; from < mpi.size(); ++from) {
    mpi.receive(name.data(), room, from);
    hosts.emplace_back(name.data());
  }
  return hosts;
}

Result<std::vector<MpiTime>> measure_ping_pong(Mpi& mpi) {
  std::vector<MpiTime> times;
  const int rank = mpi.rank();
  for (const auto size : sizes_of_messages) {
    std::vector<char> sent(size, static_cast<char>(rank + 1)), got(size);
    const auto there_and_back = [&] {
      if (rank == 0) mpi.send(sent.data(), size, 1);
      if (rank <= 1) mpi.receive(got.data(), size, 1 - rank);
      if (rank == 1) mpi.send(sent.data(), size, 0);
    };
    times.push_back({size, fastest_us(mpi, there_and_back) / 2});
    if (rank == 0 && got != std::vector<char>(size, 2))
      return Error{"a message of " + std::to_string(size) + " bytes arrived with other bytes"};
  }
  return times;
}

Result<std::vector<MpiTime>> measure_allreduce(Mpi& mpi) {
  std::vector<MpiTime> times;
  for (const auto size : sizes_of_sums) {
    const std::vector<double> ones(size / sizeof(double), 1);
    std::vector<double> sums(ones.size());
    const auto add = [&] { mpi.sum(ones.data(), sums.data(), ones.size()); };
    times.push_back({size, fastest_us(mpi, add)});
    if (sums != std::vector<double>(ones.size(), mpi.size()))
      return Error{"the sum of " + std::to_string(size) + " bytes over all ranks is wrong"};
  }
  return times;
}

}  // namespace chainer::mpi_probe
