// Finds in the store what a step asks for, and has it made where it is not there yet.
#pragma once

#include <optional>

#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/asked_folder.hpp"
#include "spank_plugin/preparation_record.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/site.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// What the tasks share, and what it was made of.
struct Prepared {
  SharedContainer container;
  std::optional<UsedEntry> image{}, environment{};
  std::optional<AskedFolder> asked_folder{};  ///< where Slurm stands in its fallback instead
};

/// Prepares everything that `request` asks for and builds the namespace that the tasks enter.
/// Called in the step's first task on the node, as root. A helper has itself reported the errors
/// that it met.
Result<Prepared> prepare_container(const Step& step, const Request& request, const Site& site,
                                   StepChannel& channel);

}  // namespace chainer
