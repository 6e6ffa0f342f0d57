// Owners of what CUDA hands out. Each is of the GPU that is current when it is made.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <utility>

#include "core/result.hpp"
#include "gpu_probe/cuda_error.hpp"

namespace chainer::gpu_probe {

/// Something that is given back by `release` when its owner goes.
template <typename Handle, auto release>
class CudaOwner {
 public:
  CudaOwner() = default;
  explicit CudaOwner(Handle handle) : handle_(handle) {}
  CudaOwner(CudaOwner&& other) noexcept : handle_(std::exchange(other.handle_, Handle{})) {}
  CudaOwner& operator=(CudaOwner&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  CudaOwner(const CudaOwner&) = delete;
  CudaOwner& operator=(const CudaOwner&) = delete;
  ~CudaOwner() {
    if (handle_ != Handle{}) release(handle_);
  }

  Handle get() const { return handle_; }

 private:
  Handle handle_{};
};

using DeviceMemory = CudaOwner<void*, cudaFree>;
using PinnedMemory = CudaOwner<void*, cudaFreeHost>;
using Stream = CudaOwner<cudaStream_t, cudaStreamDestroy>;
using Event = CudaOwner<cudaEvent_t, cudaEventDestroy>;

Result<DeviceMemory> device_memory(std::size_t bytes);
/// The host's, in pages that stay where they are.
Result<PinnedMemory> pinned_memory(std::size_t bytes);
Result<Stream> new_stream();
Result<Event> new_event();

}  // namespace chainer::gpu_probe
