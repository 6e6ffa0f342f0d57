// Root adds each preparation to the node's figures: core/node_figures.hpp.
#pragma once

#include <string>

#include "core/node_figures.hpp"
#include "spank_plugin/preparation_record.hpp"

namespace chainer {

/// One preparation's share of the figures.
NodeFigures figures_of(const PreparationRecord& record);

/// Adds them to the file below `run_dir`, and begins one where there is none of this release. An error is only
/// for the log: no step may fail by it.
Result<void> add_to_node_figures(const std::string& run_dir, const NodeFigures& figures);

}  // namespace chainer
