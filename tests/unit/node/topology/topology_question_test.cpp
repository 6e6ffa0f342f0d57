#include "node/topology/topology_question.hpp"

#include <gtest/gtest.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "node/topology/binding_text.hpp"
#include "node/topology/machine_svg.hpp"

namespace chainer::topology::topology_question_test {
namespace {

TopologyQuestion about(const std::string& description) {
  TopologyQuestion question;
  question.synthetic = description;
  return question;
}

std::string error_of(const TopologyQuestion& question) {
  const auto answer = answer_topology(question, {});
  return answer ? "" : answer.error().what;
}

TEST(TopologyQuestion, ThatNamesNoRanksIsAboutOneForEachNumaDomain) {
  const auto answer = answer_topology(about("package:2 numa:2 core:2 pu:1"), {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->plan.ranks.size(), 4u);
}

#ifdef __SANITIZE_ADDRESS__
using LeaksOfLibraries = __lsan::ScopedDisabler;
#else
struct [[maybe_unused]] LeaksOfLibraries {};
#endif

TEST(TopologyQuestion, InAJobWithoutGpusIsAboutNone) {
  // It looks at this machine, for which hwloc loads a library that forgets what it allocated.
  const LeaksOfLibraries ignored;
  TopologyQuestion question;
  question.ranks = 1;
  const auto answer = answer_topology(question, {{"SLURM_JOB_ID", "1"}});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->gpus.empty());
  EXPECT_EQ(answer->plan.ranks[0].cpus, *CpuSet::of_this_process());
}

TEST(TopologyQuestion, ThatCannotBeAnsweredSaysWhy) {
  EXPECT_EQ(error_of(about("nonsense")), "hwloc cannot read the description 'nonsense'");
  auto question = about("package:1 core:2 pu:1");
  question.cpus = "2-3";
  EXPECT_EQ(error_of(question), "the machine has none of the CPUs 2-3");
  question.cpus = "x";
  EXPECT_EQ(error_of(question), "'x' is no list of CPUs");
  question = about("package:1 core:2 pu:1");
  question.gpus = 1;
  EXPECT_EQ(error_of(question), "the machine has 0 GPUs, not 1");
  question = {};
  question.xml = "/nowhere/machine.xml";
  EXPECT_EQ(error_of(question), "hwloc cannot read the machine in /nowhere/machine.xml");
}

TEST(TopologyAnswer, IsJsonForPrograms) {
  auto question = about("package:1 core:3 pu:1");
  question.ranks = 2;
  question.cpus = "0-2";
  const auto answer = answer_topology(question, {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(binding_json(answer->machine, answer->plan, answer->gpus),
            R"({"idle":"2","ranks":[)"
            R"({"cpus":"0","domains":[0],"gpu":null,"mask":"0x1","rank":0,"shares_cores":false},)"
            R"({"cpus":"1","domains":[0],"gpu":null,"mask":"0x2","rank":1,"shares_cores":false}],)"
            R"("remarks":["1 core of 3 stays idle"],"srun":["--cpu-bind=mask_cpu:0x1,0x2"]})"
            "\n");
}

TEST(TopologyAnswer, IsDrawnWithEveryCoreOnce) {
  const auto answer = answer_topology(about("package:2 l3:2 core:2 pu:2"), {});
  ASSERT_TRUE(answer);
  const auto svg = machine_svg(answer->machine, answer->plan, answer->gpus);
  for (const auto* core : {"0-1", "2-3", "4-5", "6-7", "8-9", "10-11", "12-13", "14-15"}) {
    const auto title = "<title>CPUs " + std::string(core) + "</title>";
    EXPECT_NE(svg.find(title), svg.npos) << core;
    EXPECT_EQ(svg.find(title), svg.rfind(title)) << core;
  }
  EXPECT_TRUE(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
}

}  // namespace
}  // namespace chainer::topology::topology_question_test
