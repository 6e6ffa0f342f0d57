// Reads a machine with hwloc: this one, one that was written down, or one that is only described.
#pragma once

#include <string>

#include "core/result.hpp"
#include "node/topology/machine.hpp"

namespace chainer::topology {

/// This machine, or the one that hwloc's own variables (HWLOC_XMLFILE) put in its place. Every CPU
/// that is there is usable.
Result<Machine> read_this_machine();
/// What `lstopo --of xml` wrote. The user's fault where it does not read.
Result<Machine> read_machine_xml(const std::string& path);
/// hwloc's description of a machine, such as `package:2 l3:2 core:4 pu:2`. The user's fault where
/// it does not read.
Result<Machine> read_synthetic_machine(const std::string& description);

}  // namespace chainer::topology
