// A command of Slurm's for each of many nodes, a few at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/health.hpp"
#include "submit/run/services.hpp"

namespace chainer::doctor {

/// A node as sinfo lists it, in the first of its partitions.
struct ListedNode {
  std::string name, partition, state;
  std::int64_t gpus{0};
};
std::vector<std::string> question_for_nodes();
std::vector<ListedNode> read_nodes(std::string_view sinfo);

/// What came of a node's command: what it said, or a finding that says why it said nothing.
struct NodeAnswer {
  std::string name;
  std::optional<run::Finished> said{};
  std::optional<HealthFinding> silence{};
  std::int64_t asked_at{0}, answered_at{0};  ///< milliseconds since 1970, by this host's clock
};

struct NodeCommand {
  std::function<std::vector<std::string>(const ListedNode&)> line;
  std::chrono::seconds patience;  ///< with one of them
};

/// The options of srun or salloc that ask for one task on this node, for so many minutes, now or
/// never.
std::vector<std::string> one_task_on(const ListedNode& node, int minutes);

/// Starts the command for each node that takes jobs. Nodes that are down, drained or full are not
/// asked.
std::vector<NodeAnswer> ask_nodes(const std::vector<ListedNode>& nodes, const NodeCommand& command,
                                  const run::Services& services);

/// Where the command ended without the answer that was asked for. Whoever waits for nodes that are
/// busy is told so by Slurm; everything else is wrong.
HealthFinding finding_of_failed_step(const run::Finished& ended);

}  // namespace chainer::doctor
