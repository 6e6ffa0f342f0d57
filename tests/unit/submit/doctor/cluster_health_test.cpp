// What chainer-submit doctor makes of the answers that Slurm, registries and nodes give.
#include "submit/doctor/cluster_health.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "small_site.hpp"
#include "submit/doctor/comparison.hpp"
#include "submit/doctor/doctor.hpp"
#include "submit/doctor/node_names.hpp"
#include "submit/doctor/node_survey.hpp"

namespace chainer::doctor::cluster_health_test {
namespace {

std::string summary(const HealthFindings& findings) {
  std::string text;
  for (const auto& one : findings) {
    EXPECT_FALSE(one.why.empty()) << one.what;
    EXPECT_FALSE(one.next.empty()) << one.what;
    text += std::string(name_of(one.level)) + ": " + one.what + "\n";
  }
  return text;
}

struct ClusterHealth : testing::Test {
  ClusterHealth() { write_small_site(folder); }

  const input::Site& site() {
    inspection = plan::inspect_site(folder.path() + "/site.toml", folder.path());
    EXPECT_TRUE(inspection.site);
    return *inspection.site;
  }

  TemporaryFolder folder;
  plan::Inspection inspection;
};

TEST_F(ClusterHealth, HoldsTargetsAgainstTheNodesOfTheirPartition) {
  const auto groups = [](const char* sinfo) { return run::read_node_groups(sinfo); };
  EXPECT_EQ(
      summary(check_targets(site(), groups("p*|up|infinite|1-infinite|9|4|8192|(null)|(null)\n"))),
      "");
  EXPECT_EQ(
      summary(check_targets(site(), groups("p*|up|infinite|1-infinite|9|2|8192|(null)|(null)\n"
                                           "q|up|infinite|1-infinite|9|64|64000|gpu:8|x\n"))),
      "problem: the node type 'n' has 4 CPUs, and no node of the target 'c' has more than 2\n");
  EXPECT_EQ(
      summary(check_targets(site(), groups("p*|up|infinite|1-infinite|9|4|8000|(null)|x\n"))),
      "problem: the node type 'n' has 8192 MiB of memory, and no node of the target 'c' has more "
      "than 8000 MiB\n");
}

TEST_F(ClusterHealth, HoldsTargetsAgainstTheTypesOfSrun) {
  EXPECT_EQ(summary(check_mpi_types(site(), {"none", "pmix"})), "");
  const auto found = check_mpi_types(site(), {"none", "pmi2"});
  EXPECT_EQ(summary(found), "problem: srun has no --mpi=pmix, which the target 'c' asks for\n");
  EXPECT_EQ(found.front().next, "install Slurm's PMIx plugin; known: none, pmi2");
}

TEST_F(ClusterHealth, ComparesReleasesAlone) {
  EXPECT_EQ(summary(check_versions("slurm-wlm 22.05.8", "22.05.9")), "");
  EXPECT_EQ(summary(check_versions("slurm-wlm 22.05.8", "")), "");
  EXPECT_EQ(summary(check_versions("slurm 22.05.8", "24.11.0")),
            "warning: Slurm's commands here are 22.05.8, and the controller is 24.11.0\n");
}

TEST_F(ClusterHealth, AsksNobodyAfterCtrlC) {
  FakeProcesses processes;
  FakePause pause;
  pause.patience = 0;
  FakeConsole console;
  const auto file = folder.path() + "/site.toml";
  const auto read = plan::inspect_site(file, folder.path());
  const auto report = examine_cluster(read, {file, "ann", "chainer-node", Reach::all_nodes},
                                      {processes, pause, 0}, console);
  EXPECT_TRUE(report.is_interrupted);
  EXPECT_TRUE(processes.calls.empty());
}

TEST(NodeNames, AreFoldedAsSlurmDoes) {
  EXPECT_EQ(folded({}), "");
  EXPECT_EQ(folded({"n3", "n1", "n2", "n7", "login", "n1"}), "login,n[1-3,7]");
  EXPECT_EQ(folded({"n9", "n10", "n11"}), "n[9-11]");
  EXPECT_EQ(folded({"n08", "n09", "n10", "m1"}), "m1,n[08-10]");
  EXPECT_EQ(folded({"a1b", "20261125210557"}), "20261125210557,a1b");
}

TEST(NodeSurvey, ListsEachNodeOnce) {
  const auto nodes = read_nodes("n1|p|idle|(null)\nn2|p|mix|gpu:a100:4(S:0-1)\nn1|q|idle|\n");
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].partition, "p");
  EXPECT_EQ(nodes[1].state, "mix");
  EXPECT_EQ(nodes[0].gpus, 0);
  EXPECT_EQ(nodes[1].gpus, 4);
}

SurveyedNode surveyed(const std::string& name, const std::string& facts) {
  SurveyedNode node{name};
  EXPECT_TRUE(read_report("noise\n{\"findings\":[],\"facts\":{" + facts + "}}\n", node));
  return node;
}

std::vector<SurveyedNode> survey_of(const std::string& state, run::Finished answer,
                                    FakeProcesses& processes) {
  processes.answers = {std::move(answer)};
  FakePause pause;
  return survey({{"n1", "p", state}}, {"/opt/chainer-node", {"--folder", "/runs"}},
                {processes, pause, 0});
}

TEST(NodeSurvey, StartsAStepOnNodesThatTakeJobs) {
  FakeProcesses processes;
  const auto nodes = survey_of("idle",
                               {1,
                                "{\"node\":\"n1\",\"findings\":[{\"level\":\"warning\",\"what\":"
                                "\"a\",\"where\":\"b\",\"why\":"
                                "\"c\",\"next\":\"d\"}],\"facts\":{\"slurm\":\"22.05.8\"}}\n",
                                ""},
                               processes);
  ASSERT_EQ(processes.calls.size(), 1U);
  EXPECT_EQ(processes.calls[0], (std::vector<std::string>{
                                    "srun", "--quiet", "--nodes=1", "--ntasks=1", "--nodelist=n1",
                                    "--partition=p", "--time=5", "--immediate=20", "--mpi=none",
                                    "--chdir=/", "--input=none", "--cpus-per-task=1",
                                    "/opt/chainer-node", "doctor", "--json", "--folder", "/runs"}));
  EXPECT_EQ(nodes[0].findings, (HealthFindings{{HealthLevel::warning, "a", "b", "c", "d"}}));
  EXPECT_EQ(nodes[0].facts.at("slurm"), "22.05.8");
}

TEST(NodeSurvey, SaysWhyANodeWasNotAsked) {
  FakeProcesses processes;
  for (const auto& [state, why] :
       std::vector<std::pair<std::string, std::string>>{{"idle*", "its slurmd does not answer"},
                                                        {"alloc", "jobs have all of it"},
                                                        {"drain", "Slurm has it as 'drain'"}}) {
    const auto nodes = survey_of(state, {0, "", ""}, processes);
    EXPECT_EQ(nodes[0].findings.front().why, why);
    EXPECT_EQ(nodes[0].findings.front().level, HealthLevel::unseen);
  }
  EXPECT_TRUE(processes.calls.empty());
  const auto busy = survey_of(
      "mix", {1, "", "srun: error: Unable to allocate resources: Requested nodes are busy\n"},
      processes);
  EXPECT_EQ(busy[0].findings.front().level, HealthLevel::unseen);
}

TEST(NodeSurvey, TakesAStepThatFailsForAProblem) {
  FakeProcesses processes;
  const auto nodes =
      survey_of("idle", {1, "", "srun: error: spank: plugin missing\nmore\n"}, processes);
  EXPECT_EQ(summary(nodes[0].findings),
            "problem: a step there fails: srun: error: spank: plugin missing\n");
}

TEST(NodeSurvey, ComparesClocks) {
  auto node = surveyed("n1", "\"clock\":\"100000\"");
  node.asked_at = 99'000;
  node.answered_at = 101'000;
  EXPECT_EQ(summary(check_clock(node)), "");
  node.answered_at = 60'000;
  node.asked_at = 59'000;
  EXPECT_EQ(summary(check_clock(node)), "problem: its clock is 40 s ahead of this host's\n");
  node.asked_at = 160'000;
  node.answered_at = 161'000;
  EXPECT_EQ(summary(check_clock(node)), "problem: its clock is 60 s behind this host's\n");
}

TEST(Comparison, MergesTheFindingsOfNodes) {
  const HealthFinding warning{HealthLevel::warning, "w", "", "", ""};
  const HealthFinding problem{HealthLevel::problem, "p", "", "", ""};
  const auto rows = merged({{"n1", {warning}}, {"n2", {warning, problem}}, {"n3", {warning}}});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].nodes, "n2");
  EXPECT_EQ(rows[0].finding, problem);
  EXPECT_EQ(rows[1].nodes, "n[1-3]");
}

TEST(Comparison, NamesWhatDiffers) {
  const auto found = compare({surveyed("n1", R"("slurm":"22.05.8","inode of /runs":"7","uv":"")"),
                              surveyed("n2", R"("slurm":"22.05.8","inode of /runs":"8","uv":"1")"),
                              surveyed("n3", R"("slurm":"24.11.0","inode of /runs":"7")")});
  EXPECT_EQ(summary(found),
            "problem: not the same on all nodes: slurm\n"
            "problem: not the same folder on all nodes: /runs\n");
  EXPECT_EQ(found[0].where, "22.05.8 on n[1-2]; 24.11.0 on n3");
  EXPECT_EQ(found[1].where, "n[1,3]; n2");
}

}  // namespace
}  // namespace chainer::doctor::cluster_health_test
