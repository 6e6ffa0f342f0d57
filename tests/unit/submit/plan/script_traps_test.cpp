#include "submit/plan/script_traps.hpp"

#include <gtest/gtest.h>

#include "small_plan.hpp"

namespace chainer::script_traps_test {
namespace {

plan::Plan plan_with(int ranks_per_node, int gpus) {
  auto plan = small_plan();
  plan.allocation.ranks_per_node = ranks_per_node;
  plan.allocation.gpus_per_node = gpus;
  return plan;
}

/// "LINE:COLUMN: MESSAGE" of each.
std::vector<std::string> traps_in(std::string_view script, int ranks_per_node = 2, int gpus = 2) {
  toml::Report report;
  plan::find_traps(script, "train.py", plan_with(ranks_per_node, gpus), report);
  std::vector<std::string> found;
  for (const auto& finding : report.sorted()) {
    EXPECT_EQ(finding.severity, Severity::warning);
    found.push_back(std::to_string(finding.at.line) + ":" + std::to_string(finding.at.column) +
                    ": " + finding.message);
  }
  return found;
}

using Found = std::vector<std::string>;

TEST(ScriptTraps, AreDotsInACheckpointersName) {
  const std::string text =
      "the checkpointer's name 'run.1' has a dot: it will not find its own snapshots again, and "
      "start anew without a word";
  EXPECT_EQ(traps_in("import x\nc = chainermn.create_multi_node_checkpointer('run.1', comm)\n"),
            Found{"2:15: " + text});
  EXPECT_EQ(traps_in("create_multi_node_checkpointer(comm=comm, name=\"run.1\")"),
            Found{"1:1: " + text});
  EXPECT_EQ(traps_in("create_multi_node_checkpointer(name='run1', comm=comm, path='a.b')"),
            Found{});
  EXPECT_EQ(traps_in("create_multi_node_checkpointer(name, comm)"), Found{});
}

TEST(ScriptTraps, AreOneGpuForAllProcessesOfANode) {
  const std::string script = "model.to_gpu(0)\nchainer.cuda.get_device_from_id(10).use()\n";
  EXPECT_EQ(traps_in(script), (Found{"1:7: all 2 processes of a node take GPU 0 here",
                                     "2:14: all 2 processes of a node take GPU 10 here"}));
  EXPECT_EQ(traps_in(script, 1), Found{});
  EXPECT_EQ(traps_in("model.to_gpu(device)\nmodel.to_gpu()\n"), Found{});
}

TEST(ScriptTraps, AreCommunicatorsThatCannotServe) {
  EXPECT_EQ(traps_in("comm = create_communicator('hierarchical')"),
            Found{"1:8: the communicator hierarchical ended with Chainer 5"});
  EXPECT_EQ(traps_in("comm = create_communicator(communicator_name='pure_nccl')", 2, 0),
            Found{"1:8: the communicator pure_nccl needs GPUs, and use_gpu is not set"});
  EXPECT_EQ(traps_in("comm = create_communicator('naive')", 2, 0), Found{});
}

TEST(ScriptTraps, AreNotLookedForInCommentsAndLongStrings) {
  EXPECT_EQ(traps_in("# model.to_gpu(0)\nx = 1  # model.to_gpu(0)\n"), Found{});
  EXPECT_EQ(traps_in("\"\"\"\nmodel.to_gpu(0)\n\"\"\"\nx = '''model.to_gpu(0)'''\n"), Found{});
  EXPECT_EQ(traps_in("x = '# no comment'; model.to_gpu(0)\n"),
            Found{"1:27: all 2 processes of a node take GPU 0 here"});
  EXPECT_EQ(traps_in("x = '\\'# no comment'; model.to_gpu(0)\n").size(), 1U);
}

}  // namespace
}  // namespace chainer::script_traps_test
