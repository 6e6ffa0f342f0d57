// A plan of one rank that tests change where they look.
#pragma once

#include "submit/plan/plan.hpp"

namespace chainer {

inline plan::Plan small_plan() {
  return plan::Plan{"name",
                    "",
                    {},
                    "cluster",
                    "7.8.1",
                    {},
                    plan::TaggedImage{*ImageRef::parse("docker://h.org/i:1")},
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
