// Which cores, memory and GPU each rank of a node gets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/topology/machine.hpp"

namespace chainer::topology {

/// How a rank's cores lie to its GPU.
enum class Nearness { none, near, partly, far };

struct RankBinding {
  std::vector<std::size_t> cores;    ///< places in Machine::cores, ascending
  CpuSet cpus;                       ///< the usable CPUs of these
  std::optional<std::size_t> gpu{};  ///< a place in the list of GPUs that was planned for
  std::vector<unsigned> domains{};   ///< the NUMA domains of its cores
  Nearness nearness{Nearness::none};
  bool shares_cores{false};
};

struct BindingPlan {
  std::vector<RankBinding> ranks;
  std::vector<std::size_t> idle_cores{};  ///< usable ones that no rank got
  std::vector<std::string> remarks{};     ///< what a person would want to know of it
};

/// Plans for `ranks` ranks, at least one, on a machine with at least one usable core. Rank i gets
/// GPU i, as ChainerMN takes it, and cores as near to it as there are; without GPUs the ranks spread
/// over the machine.
///
/// Whole cores are given, so hardware threads of one core are never two ranks'. While there are as
/// many cores as ranks no core is given twice, and no rank gets more than an even share. A rank
/// does with less, but not with less than half of an even share, rather than to use cores in a
/// farther part of the machine. Of more ranks than cores, as many as can be even share each core.
BindingPlan plan_binding(const Machine& machine, std::size_t ranks, const std::vector<Gpu>& gpus);

/// The domain whose memory a rank is to prefer; nothing where its cores lie in several, or where
/// it may not use that memory.
std::optional<unsigned> preferred_domain(const Machine& machine, const RankBinding& rank);

}  // namespace chainer::topology
