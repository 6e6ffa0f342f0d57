// The probe's kernels, as functions: what includes this is plain C++.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <string>
#include <vector>

namespace chainer::gpu_probe {

/// Buffers of the kernels below are whole multiples of this many bytes.
inline constexpr std::size_t granule = 2 << 20;

/// A way to copy by 16 bytes. Which one is the fastest differs from card to card.
struct CopyKernel {
  int loads{1};              ///< of each thread before it stores the first
  int threads{256};          ///< of a block
  bool is_resident{false};   ///< as many blocks as the card holds, which loop; else one for a tile
  bool is_streaming{false};  ///< tells the caches that nobody reads the words again

  /// "kernel: 4 loads, 256 threads, resident, streaming"
  std::string name() const;
};

std::vector<CopyKernel> all_copy_kernels();

cudaError_t launch_copy(const CopyKernel& kernel, const void* from, void* to, std::size_t bytes,
                        cudaStream_t stream);

/// A kernel that does nothing.
cudaError_t launch_nothing(cudaStream_t stream);

/// Writes a pattern in which no two words are the same.
cudaError_t launch_fill(void* buffer, std::size_t bytes, cudaStream_t stream);

/// Adds the words of `buffer` that differ from the pattern to `*wrong`, which is in the card's
/// memory.
cudaError_t launch_compare(const void* buffer, std::size_t bytes, unsigned long long* wrong,
                           cudaStream_t stream);

}  // namespace chainer::gpu_probe
