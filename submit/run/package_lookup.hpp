// Whether the package index has the packages of a run in the versions that are asked for.
#pragma once

#include <string>

#include "submit/plan/inspection.hpp"
#include "submit/run/process.hpp"

namespace chainer::run {

/// Whether the estimator asks for the look-up at each submission (show_package_warnings).
bool wants_package_lookup(const input::Estimator& estimator);

/// The tools folder beside this program, which holds uv; empty when there is none.
std::string find_tools();

/// Adds to an inspection without errors what the index does not have. These are warnings, since the
/// nodes may have another index; that nobody could be asked is one too. Only pip's packages are
/// looked up.
void look_packages_up(plan::Inspection& inspection, const std::string& chainer_node,
                      const std::string& tools, ProcessRunner& processes);

}  // namespace chainer::run
