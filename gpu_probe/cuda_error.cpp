#include "gpu_probe/cuda_error.hpp"

namespace chainer::gpu_probe {
namespace {

std::string hint_for(cudaError_t error) {
  switch (error) {
    case cudaErrorECCUncorrectable:
      return "drain the node and reset the card (nvidia-smi --gpu-reset); replace it where that "
             "comes again";
    case cudaErrorMemoryAllocation:
      return "see with nvidia-smi who has the card's memory, and give the step more of the node's";
    case cudaErrorDevicesUnavailable:
      return "another program has the card for itself: see nvidia-smi, also for its compute mode";
    case cudaErrorInsufficientDriver:
    case cudaErrorUnsupportedPtxVersion:
      return "update the driver, or build the probe with an older CUDA";
    case cudaErrorNoKernelImageForDevice: return "build the probe with a CUDA that knows this card";
    case cudaErrorSystemDriverMismatch:
      return "the libraries are of another driver than the one that runs: restart the node; in a "
             "container: chainer-node gpu-files --write";
    case cudaErrorCompatNotSupportedOnDevice:
      return "take the image's cuda-compat out of LD_LIBRARY_PATH";
    case cudaErrorSystemNotReady: return "start nvidia-fabricmanager on the node";
    case cudaErrorUnknown:
    case cudaErrorInitializationError:
      return "see that /dev/nvidia-uvm is there (nvidia-modprobe -u -c 0), and the kernel's log "
             "for "
             "lines with NVRM";
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchFailure:
    case cudaErrorHardwareStackError: return "see the kernel's log for lines with NVRM: Xid";
    default: return "see the kernel's log for lines with NVRM";
  }
}

}  // namespace

Result<void> cuda(const std::string& verb, cudaError_t answer) {
  if (answer == cudaSuccess) return {};
  return Error{
      "cannot " + verb + ": " + cudaGetErrorName(answer) + ": " + cudaGetErrorString(answer),
      hint_for(answer)};
}

}  // namespace chainer::gpu_probe
