#include <algorithm>

#include "gpu_probe/kernels.hpp"

namespace chainer::gpu_probe {
namespace {

constexpr int most_threads = 1024;
constexpr int most_loads = 16;
static_assert(granule % (most_threads * most_loads * sizeof(uint4)) == 0, "tiles are whole");

/// Each block copies a tile of `loads` words for each of its threads, and then the next of its own.
/// All loads of a thread are under way before it waits for the first. The words are not kept in the
/// caches: nobody reads them again.
template <int loads>
__global__ void __launch_bounds__(most_threads)
    copy_tiles(const uint4* __restrict__ from, uint4* __restrict__ to, std::size_t words) {
  const std::size_t tile = std::size_t{blockDim.x} * loads;
  for (std::size_t start = blockIdx.x * tile; start < words; start += gridDim.x * tile) {
    const std::size_t first = start + threadIdx.x;
    uint4 held[loads];
#pragma unroll
    for (int at = 0; at < loads; ++at) held[at] = __ldcs(from + first + at * blockDim.x);
#pragma unroll
    for (int at = 0; at < loads; ++at) __stcs(to + first + at * blockDim.x, held[at]);
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

Copy function_of(const CopyKernel& kernel) {
  switch (kernel.loads) {
    case 1: return copy_tiles<1>;
    case 2: return copy_tiles<2>;
    case 4: return copy_tiles<4>;
    case 8: return copy_tiles<8>;
    default: return copy_tiles<most_loads>;
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
