// slurm.binding: where the processes of a node run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chainer::plan {

/// What is wrong with a value, and what to do about it.
struct BindingObjection {
  std::string what, hint;
};

/// Checks the words `auto`, `none` and `cores`, and a list of masks of CPUs, one for each of
/// `processes`. Nothing where all is well.
std::optional<BindingObjection> objection_to_binding(std::string_view binding, int processes);

}  // namespace chainer::plan
