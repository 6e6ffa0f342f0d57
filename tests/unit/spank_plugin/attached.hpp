// The proof that a task is attached to its step, which only a step channel gives.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include "spank_plugin/step_channel.hpp"

namespace chainer::fixtures {

inline Attached attached() {
  auto channel = *StepChannel::create();
  const pid_t slurmstepd = ::fork();
  if (slurmstepd == 0) {
    channel->first_task_is_attached();
    ::_exit(0);
  }
  ::waitpid(slurmstepd, nullptr, 0);
  channel->take(StepChannel::Role::prepares);
  return *channel->wait_until_attached();
}

}  // namespace chainer::fixtures
