#include <algorithm>

#include "gpu_probe/kernels.hpp"

namespace chainer::gpu_probe {
namespace {

constexpr int most_threads = 1024;
constexpr int most_loads = 8;
static_assert(granule % (most_threads * most_loads * sizeof(uint4)) == 0, "tiles are whole");

template <bool is_streaming>
__device__ uint4 load(const uint4* from) {
  if constexpr (is_streaming) {
    return __ldcs(from);
  } else {
    return *from;
  }
}

template <bool is_streaming>
__device__ void store(uint4* to, uint4 word) {
  if constexpr (is_streaming) {
    __stcs(to, word);
  } else {
    *to = word;
  }
}

/// Each block copies a tile of `loads` words for each of its threads, and then the next of its own.
/// All loads of a thread are under way before it waits for the first.
template <int loads, bool is_streaming>
__global__ void __launch_bounds__(most_threads)
    copy_tiles(const uint4* __restrict__ from, uint4* __restrict__ to, std::size_t words) {
  const std::size_t tile = std::size_t{blockDim.x} * loads;
  for (std::size_t start = blockIdx.x * tile; start < words; start += gridDim.x * tile) {
    const std::size_t first = start + threadIdx.x;
    uint4 held[loads];
#pragma unroll
    for (int at = 0; at < loads; ++at)
      held[at] = load<is_streaming>(from + first + at * blockDim.x);
#pragma unroll
    for (int at = 0; at < loads; ++at) store<is_streaming>(to + first + at * blockDim.x, held[at]);
  }
}

__global__ void do_nothing() {}

__device__ uint4 pattern(std::size_t at) {
  const auto low = static_cast<unsigned>(at), high = static_cast<unsigned>(at >> 32);
  return make_uint4(low, high, ~low, low * 2654435761u);
}

__global__ void fill(uint4* buffer, std::size_t words) {
  const std::size_t step = std::size_t{gridDim.x} * blockDim.x;
  for (std::size_t at = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; at < words; at += step)
    buffer[at] = pattern(at);
}

__global__ void compare(const uint4* buffer, std::size_t words, unsigned long long* wrong) {
  const std::size_t step = std::size_t{gridDim.x} * blockDim.x;
  unsigned long long found = 0;
  for (std::size_t at = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; at < words;
       at += step) {
    const uint4 is = buffer[at], should = pattern(at);
    if (is.x != should.x || is.y != should.y || is.z != should.z || is.w != should.w) ++found;
  }
  if (found != 0) atomicAdd(wrong, found);
}

using Copy = void (*)(const uint4*, uint4*, std::size_t);

template <int loads>
Copy function_with(bool is_streaming) {
  return is_streaming ? copy_tiles<loads, true> : copy_tiles<loads, false>;
}

Copy function_of(const CopyKernel& kernel) {
  switch (kernel.loads) {
    case 1: return function_with<1>(kernel.is_streaming);
    case 2: return function_with<2>(kernel.is_streaming);
    case 4: return function_with<4>(kernel.is_streaming);
    default: return function_with<most_loads>(kernel.is_streaming);
  }
}

/// As many blocks as the card can hold at one time; an error is one of the launch that follows.
std::size_t resident_blocks(Copy function, int threads) {
  int device = 0, processors = 0, blocks = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
  cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function, threads, 0);
  return std::max(std::size_t{1}, static_cast<std::size_t>(processors) * blocks);
}

constexpr int plain_blocks = 4096, plain_threads = 256;

}  // namespace

cudaError_t launch_copy(const CopyKernel& kernel, const void* from, void* to, std::size_t bytes,
                        cudaStream_t stream) {
  const auto function = function_of(kernel);
  const std::size_t words = bytes / sizeof(uint4);
  const std::size_t tiles = words / (std::size_t(kernel.threads) * kernel.loads);
  const auto blocks =
      kernel.is_resident ? std::min(tiles, resident_blocks(function, kernel.threads)) : tiles;
  function<<<static_cast<unsigned>(blocks), kernel.threads, 0, stream>>>(
      static_cast<const uint4*>(from), static_cast<uint4*>(to), words);
  return cudaGetLastError();
}

cudaError_t launch_nothing(cudaStream_t stream) {
  do_nothing<<<1, 1, 0, stream>>>();
  return cudaGetLastError();
}

cudaError_t launch_fill(void* buffer, std::size_t bytes, cudaStream_t stream) {
  fill<<<plain_blocks, plain_threads, 0, stream>>>(static_cast<uint4*>(buffer),
                                                   bytes / sizeof(uint4));
  return cudaGetLastError();
}

cudaError_t launch_compare(const void* buffer, std::size_t bytes, unsigned long long* wrong,
                           cudaStream_t stream) {
  compare<<<plain_blocks, plain_threads, 0, stream>>>(static_cast<const uint4*>(buffer),
                                                      bytes / sizeof(uint4), wrong);
  return cudaGetLastError();
}

}  // namespace chainer::gpu_probe
