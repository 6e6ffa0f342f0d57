// A pipe whose ends both have an owner.
#pragma once

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;

  /// Both ends are closed by exec.
  static Result<Pipe> create();
};

}  // namespace chainer
