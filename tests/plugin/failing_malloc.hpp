// Memory that runs out when a test wants it to.
#pragma once

namespace chainer::fixtures {

/// False under sanitizers, which bring a malloc of their own.
bool malloc_can_fail();

/// After `allocations` more, every malloc of this process fails until memory_is_back().
void memory_runs_out_after(int allocations);
void memory_is_back();

}  // namespace chainer::fixtures
