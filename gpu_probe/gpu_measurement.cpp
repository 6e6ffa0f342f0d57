#include "gpu_probe/gpu_measurement.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "gpu_probe/kernels.hpp"

namespace chainer::gpu_probe {
namespace {

using Clock = std::chrono::steady_clock;

/// At most this part of the memory that is free: others may be at work on the card.
constexpr std::size_t part_for_a_buffer = 8;
/// Copies between two looks at the clock, which itself takes a microsecond.
constexpr int copies_in_a_row = 4;
/// Fewer than a queue of CUDA's holds: with more, the host would wait for the GPU.
constexpr int launches_in_a_row = 500;
constexpr Repeats once{1};

double microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

/// "GPU-" and the 16 bytes as nvidia-smi writes them.
std::string uuid_text(const cudaUUID_t& uuid, bool is_divided) {
  std::string text = is_divided ? "MIG-" : "GPU-";
  for (std::size_t at = 0; at < sizeof uuid.bytes; ++at) {
    if (at == 4 || at == 6 || at == 8 || at == 10) text += '-';
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(uuid.bytes[at])));
    text += digits.data();
  }
  return text;
}

/// The clock of the memory, in kHz, moves two words of the bus's width each time. Nothing where the
/// card does not tell both.
std::optional<double> stated_bandwidth(int index) {
  constexpr double moved_at_each_tick = 2;
  constexpr double hertz_of_a_khz = 1000;
  constexpr double bits_of_a_byte = 8;
  int clock = 0, width = 0;
  if (cudaDeviceGetAttribute(&clock, cudaDevAttrMemoryClockRate, index) != cudaSuccess ||
      cudaDeviceGetAttribute(&width, cudaDevAttrGlobalMemoryBusWidth, index) != cudaSuccess ||
      clock <= 0 || width <= 0) {
    return std::nullopt;
  }
  return clock * hertz_of_a_khz * moved_at_each_tick * width / bits_of_a_byte;
}

/// What a buffer of the card's may have: `wanted`, or a part of what is free.
Result<std::size_t> size_of_buffer(std::size_t wanted) {
  std::size_t free = 0, all = 0;
  TRY(cuda("ask for the card's free memory", cudaMemGetInfo(&free, &all)));
  const auto size = std::min(wanted, free / part_for_a_buffer) / granule * granule;
  if (size > 0) return size;
  return Error{"cannot measure: the card has only " + std::to_string(free >> 20) + " MiB free",
               "see with nvidia-smi who has its memory"};
}

class Measurement {
 public:
  Measurement(const Effort& effort, MeasuredGpu& gpu, Stopwatch watch)
      : effort_(effort), gpu_(gpu), watch_(std::move(watch)) {}

  Result<void> host_copies() {
    TRY_ASSIGN(const auto size, size_of_buffer(effort_.host_bytes));
    TRY_ASSIGN(const auto host, pinned_memory(size));
    TRY_ASSIGN(const auto device, device_memory(size));
    TRY_ASSIGN(gpu_.host_to_device_bytes_per_s,
               host_copy("copy to the card", device.get(), host.get(), size));
    TRY_ASSIGN(gpu_.device_to_host_bytes_per_s,
               host_copy("copy from the card", host.get(), device.get(), size));
    return {};
  }

  Result<void> device_copies() {
    TRY_ASSIGN(const auto size, size_of_buffer(effort_.copy_bytes));
    TRY_ASSIGN(const auto from, device_memory(size));
    TRY_ASSIGN(const auto to, device_memory(size));
    TRY_ASSIGN(const auto wrong, device_memory(sizeof(unsigned long long)));
    gpu_.copy_buffer_bytes = size;
    TRY(cuda("fill the card's memory", launch_fill(from.get(), size, watch_.stream())));
    const Buffers buffers{from.get(), to.get(), static_cast<unsigned long long*>(wrong.get()),
                          size};
    const auto ways = all_ways(buffers);
    TRY(watch_.seconds("copy on the card", ways.front().work, effort_.warm_up));
    return try_and_measure(ways, buffers);
  }

  Result<void> launches() {
    const std::string verb = "start a kernel";
    std::vector<double> round_trips, rows;
    const auto end = Clock::now() + effort_.run.limit;
    for (int at = 0; at < effort_.launches && Clock::now() < end; ++at) {
      const auto begin = Clock::now();
      TRY(cuda(verb, launch_nothing(watch_.stream())));
      TRY(watch_.wait(verb));
      round_trips.push_back(microseconds(Clock::now() - begin));
    }
    for (int at = 0; at < effort_.run.most && Clock::now() < end + effort_.run.limit; ++at) {
      const auto begin = Clock::now();
      for (int one = 0; one < launches_in_a_row; ++one)
        TRY(cuda(verb, launch_nothing(watch_.stream())));
      TRY(watch_.wait(verb));
      rows.push_back(microseconds(Clock::now() - begin) / launches_in_a_row);
    }
    if (!round_trips.empty()) gpu_.launch_round_trip_us = median(std::move(round_trips));
    if (!rows.empty()) gpu_.launch_interval_us = median(std::move(rows));
    return {};
  }

 private:
  struct Buffers {
    void *from, *to;
    unsigned long long* wrong;
    std::size_t size;
  };

  struct Way {
    std::string name;
    Stopwatch::Work work;  ///< some copies
    double seconds{0};     ///< as a trial found
  };

  Result<double> host_copy(const std::string& verb, void* to, const void* from, std::size_t size) {
    const auto copy = [=](cudaStream_t stream) {
      return cudaMemcpyAsync(to, from, size, cudaMemcpyDefault, stream);
    };
    TRY(watch_.seconds(verb, copy, effort_.trial));
    TRY_ASSIGN(const auto seconds, watch_.seconds(verb, copy, effort_.run));
    return static_cast<double>(size) / seconds;
  }

  static Stopwatch::Work in_a_row(std::function<cudaError_t(cudaStream_t)> copy) {
    return [copy = std::move(copy)](cudaStream_t stream) {
      auto answer = cudaSuccess;
      for (int at = 0; at < copies_in_a_row && answer == cudaSuccess; ++at) answer = copy(stream);
      return answer;
    };
  }

  static std::vector<Way> all_ways(const Buffers& buffers) {
    std::vector<Way> ways;
    ways.push_back({"cudaMemcpy", in_a_row([buffers](cudaStream_t stream) {
                      return cudaMemcpyAsync(buffers.to, buffers.from, buffers.size,
                                             cudaMemcpyDeviceToDevice, stream);
                    })});
    for (const auto& kernel : all_copy_kernels()) {
      ways.push_back({kernel.name(), in_a_row([buffers, kernel](cudaStream_t stream) {
                        return launch_copy(kernel, buffers.from, buffers.to, buffers.size, stream);
                      })});
    }
    return ways;
  }

  /// cudaMemcpy, and the kernel that was the fastest in a trial, are then measured at length.
  Result<void> try_and_measure(std::vector<Way> ways, const Buffers& buffers) {
    for (auto& way : ways) {
      const auto verb = "copy by " + way.name;
      TRY(erase(buffers));
      TRY(watch_.seconds(verb, way.work, once));  // CUDA loads a kernel when it is first used
      TRY(check_what_arrived(way, buffers));
      TRY_ASSIGN(way.seconds, watch_.seconds(verb, way.work, effort_.trial));
    }
    const auto fastest = std::min_element(
        ways.begin() + 1, ways.end(),
        [](const Way& one, const Way& other) { return one.seconds < other.seconds; });
    TRY(measure(ways.front(), buffers));
    TRY(measure(*fastest, buffers));
    std::ranges::sort(gpu_.device_copies, std::greater{}, &CopyRate::bytes_per_s);
    return {};
  }

  Result<void> measure(const Way& way, const Buffers& buffers) {
    TRY_ASSIGN(const auto seconds, watch_.seconds("copy by " + way.name, way.work, effort_.run));
    constexpr double read_and_written = 2;
    const auto bytes = read_and_written * copies_in_a_row * static_cast<double>(buffers.size);
    gpu_.device_copies.push_back({way.name, bytes / seconds});
    return {};
  }

  Result<void> erase(const Buffers& buffers) {
    TRY(cuda("erase the card's memory",
             cudaMemsetAsync(buffers.to, 0, buffers.size, watch_.stream())));
    return cuda("erase the card's memory",
                cudaMemsetAsync(buffers.wrong, 0, sizeof *buffers.wrong, watch_.stream()));
  }

  /// A copy that left something out would look fast.
  Result<void> check_what_arrived(const Way& way, const Buffers& buffers) {
    const auto verb = "compare the copy by " + way.name;
    unsigned long long wrong = 0;
    TRY(cuda(verb, launch_compare(buffers.to, buffers.size, buffers.wrong, watch_.stream())));
    TRY(cuda(verb, cudaMemcpyAsync(&wrong, buffers.wrong, sizeof wrong, cudaMemcpyDeviceToHost,
                                   watch_.stream())));
    TRY(watch_.wait(verb));
    if (wrong == 0) return {};
    return Error{"the copy by " + way.name + " differs from its source in " +
                     std::to_string(wrong) + " words of 16 bytes",
                 "take the node out of use: the card's memory, or the card, is broken"};
  }

  const Effort& effort_;
  MeasuredGpu& gpu_;
  Stopwatch watch_;
};

Result<double> time_of_peer_copy(int from, int to, std::size_t size, const Effort& effort) {
  const std::string verb =
      "copy from GPU " + std::to_string(from) + " to GPU " + std::to_string(to);
  TRY(cuda(verb, cudaSetDevice(to)));
  TRY_ASSIGN(const auto target, device_memory(size));
  TRY(cuda(verb, cudaSetDevice(from)));
  TRY_ASSIGN(const auto source, device_memory(size));
  TRY_ASSIGN(auto watch, Stopwatch::create());
  const auto copy = [&](cudaStream_t stream) {
    return cudaMemcpyPeerAsync(target.get(), to, source.get(), from, size, stream);
  };
  TRY(watch.seconds(verb, copy, effort.trial));
  return watch.seconds(verb, copy, effort.run);
}

}  // namespace

Result<MeasuredGpu> describe_gpu(int index, const DriverLibrary& driver) {
  const auto verb = "look at GPU " + std::to_string(index);
  cudaDeviceProp properties{};
  TRY(cuda(verb, cudaGetDeviceProperties(&properties, index)));
  std::array<char, 32> bus{};
  TRY(cuda(verb, cudaDeviceGetPCIBusId(bus.data(), bus.size(), index)));
  const auto facts = driver.facts_of(bus.data());
  MeasuredGpu gpu;
  gpu.index = index;
  gpu.name = properties.name;
  gpu.uuid = uuid_text(properties.uuid, facts.is_divided);
  gpu.pci_bus_id = bus.data();
  gpu.compute_capability =
      std::to_string(properties.major) + "." + std::to_string(properties.minor);
  gpu.memory_bytes = properties.totalGlobalMem;
  gpu.has_ecc = facts.has_ecc;
  gpu.since_driver_load = facts.since_driver_load;
  gpu.ever = facts.ever;
  // A part of a card gets a part of the bandwidth, and the card states the whole.
  if (!facts.is_divided) gpu.stated_bytes_per_s = stated_bandwidth(index);
  return gpu;
}

Result<void> measure_gpu(const Effort& effort, MeasuredGpu& gpu) {
  TRY(cuda("use GPU " + std::to_string(gpu.index), cudaSetDevice(gpu.index)));
  TRY_ASSIGN(auto watch, Stopwatch::create());
  Measurement measurement(effort, gpu, std::move(watch));
  TRY(measurement.host_copies());
  TRY(measurement.device_copies());
  return measurement.launches();
}

Result<PeerRate> measure_peers(int from, int to, const Effort& effort) {
  const auto verb = "reach GPU " + std::to_string(to) + " from GPU " + std::to_string(from);
  PeerRate rate{from, to};
  int can = 0;
  TRY(cuda(verb, cudaDeviceCanAccessPeer(&can, from, to)));
  if (can == 0) return rate;
  TRY(cuda(verb, cudaSetDevice(from)));
  TRY_ASSIGN(const auto size, size_of_buffer(effort.peer_bytes));
  TRY(cuda(verb, cudaDeviceEnablePeerAccess(to, 0)));
  const auto seconds = time_of_peer_copy(from, to, size, effort);
  TRY(cuda(verb, cudaSetDevice(from)));
  cudaDeviceDisablePeerAccess(to);  // what is wrong was said before
  if (!seconds) return seconds.error();
  rate.bytes_per_s = static_cast<double>(size) / *seconds;
  return rate;
}

}  // namespace chainer::gpu_probe
