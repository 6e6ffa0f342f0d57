// The same picture as a drawing.
#pragma once

#include <string>
#include <vector>

#include "node/topology/binding_plan.hpp"

namespace chainer::topology {

/// An SVG file: parts are boxes in boxes, each core a square in the colour of its rank, each GPU a
/// bar in the part that it hangs on.
std::string machine_svg(const Machine& machine, const BindingPlan& plan,
                        const std::vector<Gpu>& gpus);

}  // namespace chainer::topology
