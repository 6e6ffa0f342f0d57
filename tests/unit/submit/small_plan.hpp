// A plan of one rank that tests change where they look.
#pragma once

#include "submit/plan/plan.hpp"

namespace chainer {

inline Plan small_plan() {
  return Plan{"name",
              "",
              {},
              "cluster",
              "7.8.1",
              {},
              TaggedImage{*ImageRef::parse("docker://h.org/i:1")},
              "pmix",
              *ByteSize::parse("64m"),
              "",
              "",
              {},
              "train.py",
              {},
              {}};
}

}  // namespace chainer
