// What a call of CUDA answers, as a Result.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "core/result.hpp"

namespace chainer::gpu_probe {

/// "cannot VERB: cudaErrorName: CUDA's sentence", with what to do about it where that is known.
Result<void> cuda(const std::string& verb, cudaError_t answer);

}  // namespace chainer::gpu_probe
