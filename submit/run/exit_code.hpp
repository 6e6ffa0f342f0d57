// What chainer-submit exits with.
#pragma once

#include "core/result.hpp"

namespace chainer::run {

enum class ExitCode {
  done = 0,
  run_failed = 1,
  wrong_usage = 2,
  wrong_input = 3,  ///< the estimator or the site file
  try_again = 4,    ///< the cluster, a registry or the store refused or is out of reach
  defect = 5,
  interrupted = 130,  ///< Ctrl-C while following: main ends itself by SIGINT
};

constexpr ExitCode exit_code_of(Fault fault) {
  switch (fault) {
    case Fault::user: return ExitCode::wrong_input;
    case Fault::node:
    case Fault::try_again: return ExitCode::try_again;
    case Fault::defect: return ExitCode::defect;
  }
  return ExitCode::defect;
}

}  // namespace chainer::run
