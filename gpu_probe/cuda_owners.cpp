#include "gpu_probe/cuda_owners.hpp"

#include <string>

namespace chainer::gpu_probe {
namespace {

std::string mebibytes(std::size_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

Result<DeviceMemory> device_memory(std::size_t bytes) {
  void* memory = nullptr;
  TRY(cuda("get " + mebibytes(bytes) + " of the card's memory", cudaMalloc(&memory, bytes)));
  return DeviceMemory(memory);
}

Result<PinnedMemory> pinned_memory(std::size_t bytes) {
  void* memory = nullptr;
  TRY(cuda("pin " + mebibytes(bytes) + " of the node's memory",
           cudaHostAlloc(&memory, bytes, cudaHostAllocDefault)));
  return PinnedMemory(memory);
}

Result<Stream> new_stream() {
  cudaStream_t stream = nullptr;
  TRY(cuda("make a stream", cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking)));
  return Stream(stream);
}

Result<Event> new_event() {
  cudaEvent_t event = nullptr;
  TRY(cuda("make an event", cudaEventCreate(&event)));
  return Event(event);
}

}  // namespace chainer::gpu_probe
