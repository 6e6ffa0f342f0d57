// The networks of a node, as its kernel tells everybody.
#pragma once

#include <string>
#include <vector>

#include "core/mpi_report/mpi_report.hpp"

namespace chainer::mpi_probe {

/// What is made for messages between nodes: below `classes`, which is /sys/class.
std::vector<FastNetwork> fast_networks(const std::string& classes);

/// The interface by which this host reaches an address, such as "eth0"; empty: it does not.
std::string interface_to(const std::string& address);

}  // namespace chainer::mpi_probe
