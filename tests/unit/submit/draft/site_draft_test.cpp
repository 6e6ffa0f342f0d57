#include "submit/draft/site_draft.hpp"

#include <gtest/gtest.h>

#include "submit/plan/inspection.hpp"
#include "temporary_folder.hpp"

namespace chainer::draft::site_draft_test {
namespace {

ClusterFacts facts_of(const std::string& sinfo) {
  return {"alpha", "22.05.8", run::read_node_groups(sinfo), {"none", "pmix"}};
}

toml::Table parsed(const std::string& text) {
  return std::get<toml::Table>(toml::parse_toml(text, "site.toml"));
}

const std::string equal_nodes = "main*|up|2-00:00:00|1-16|9|64|256000|(null)|(null)\n";

TEST(SiteDraft, SaysWhatSlurmSays) {
  auto cluster = facts_of(equal_nodes);
  EXPECT_EQ(
      site_text(cluster, {"/shared/runs", "h.org/i:1"}),
      R"(# What chainer-submit knows of the cluster alpha, as Slurm 22.05.8 described it to `chainer-submit site init`.
# Every key is in docs/site.md; `chainer-submit doctor` holds this file against the cluster.

# The folder of all runs, which this host and every node see: mode 1777, or with a folder for each user.
runs = "/shared/runs"

# For runs that name no image. Both keys may be left out: then each run has to name one.
[images]
cpu = "h.org/i:1"

# What no run may go beyond: the largest that a partition allows.
[limits]
nodes = 16
run_duration_seconds = 172800

# Nodes: 9 of main.
[node_types.cpu64]
cpus = 64
memory = "250g"

# The partition main, Slurm's default. 2880 minutes at most. 16 nodes at most.
[compute_targets.main]
node_type = "cpu64"
partition = "main"

# The cluster keeps no accounts: no target names an account or a QOS.
)");
}

TEST(SiteDraft, HasATargetForEachKindOfNode) {
  const auto text = site_text(facts_of("main*|up|infinite|1-infinite|9|64|256000|(null)|a\n"
                                       "main*|up|infinite|1-infinite|2|64|512000|(null)|b\n"
                                       "gpu|down|60|1-infinite|4|48|384000|gpu:a100:4(S:0-1)|c\n"),
                              {"/runs"});
  const auto table = parsed(text);
  std::string names;
  for (const auto& member : table) {
    const auto* inner = std::get_if<toml::Table>(&member.value.data);
    if (!inner) continue;
    for (const auto& one : *inner) names += member.key + "." + one.key + "\n";
  }
  EXPECT_EQ(names,
            "node_types.a100x4\nnode_types.cpu64-64c-256000m\nnode_types.cpu64-64c-512000m\n"
            "compute_targets.main-cpu64-64c-256000m\ncompute_targets.main-cpu64-64c-512000m\n"
            "compute_targets.gpu\n");
  EXPECT_NE(text.find("gpus = 4\ngpu_type = \"a100\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find("# The partition gpu. 60 minutes at most. Now down.\n"), std::string::npos);
}

TEST(SiteDraft, NamesTheQosAndTheMpiThatThereIs) {
  auto cluster = facts_of(equal_nodes);
  cluster.mpi_types = {"none", "pmi2"};
  cluster.qos =
      std::vector<run::QualityOfService>{{"normal", {}, {}}, {"short", 10, {{"node", 2}}}};
  const auto text = site_text(cluster, {"/runs"});
  EXPECT_NE(text.find("\nmpi = \"pmi2\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find("#   normal\n#   short, 10 minutes at most, node=2 at most\n"),
            std::string::npos)
      << text;
}

TEST(SiteDraft, IsReadWithoutAFinding) {
  const TemporaryFolder folder;
  folder.write("recipes/7.8.1.toml", "pip = [\"chainer==7.8.1\"]\n");
  folder.write("site.toml",
               site_text(facts_of(equal_nodes + "g p.u|up|60|1-2|4|48|384000|gpu:2|c\n"),
                         {"/runs", "h.org/i:1"}));
  const auto inspection = plan::inspect_site(folder.path() + "/site.toml", folder.path());
  EXPECT_EQ(plan::render(inspection, Colour::off), "");
  ASSERT_TRUE(inspection.site);
  EXPECT_EQ(inspection.site->targets.size(), 2U);
}

TEST(SiteChanges, AreWhatSlurmHasOtherwise) {
  const auto before = site_text(facts_of(equal_nodes), {"/runs"});
  EXPECT_TRUE(site_changes(parsed(before), parsed(before)).empty());
  const auto now = parsed(site_text(facts_of("main*|up|1-00:00:00|1-16|9|64|128000|gpu:2|a\n"
                                             "new|up|1-0|1-16|1|8|16000|(null)|b\n"),
                                    {"/other"}));
  EXPECT_EQ(site_changes(parsed(before), now),
            (std::vector<std::string>{
                "limits.run_duration_seconds: 172800 in the file, 86400 in Slurm",
                "node_types.cpu64.memory: \"250g\" in the file, \"125g\" in Slurm",
                "node_types.cpu64.gpus: 2 in Slurm, not in the file",
                "compute_targets.new: the partition \"new\" is in Slurm, not in the file"}));
}

TEST(SiteChanges, NameGpusThatAreGone) {
  const auto with = parsed(site_text(facts_of("p*|up|60|1-2|4|48|384000|gpu:2|c\n"), {"/runs"}));
  const auto without = parsed(site_text(facts_of("p*|up|60|1-2|4|48|384000|(null)|c\n"), {"/r"}));
  EXPECT_EQ(site_changes(with, without),
            (std::vector<std::string>{"node_types.gpux2.gpus: 2 in the file, none in Slurm"}));
}

TEST(SiteChanges, LeaveNamesToTheFile) {
  const auto site = parsed(
      "[node_types.big]\ncpus = 64\nmemory = \"250g\"\n"
      "[compute_targets.here]\nnode_type = \"big\"\npartition = \"main\"\n"
      "[compute_targets.old]\nnode_type = \"big\"\npartition = \"gone\"\n");
  const std::string unlimited = "main*|up|infinite|1-infinite|9|64|256000|(null)|(null)\n";
  EXPECT_EQ(site_changes(site, parsed(site_text(facts_of(unlimited), {"/runs"}))),
            (std::vector<std::string>{
                "compute_targets.old.partition: \"gone\" in the file, not in Slurm"}));
  const auto kinds = unlimited + "main*|up|infinite|1-infinite|2|64|512000|(null)|b\n";
  EXPECT_EQ(site_changes(site, parsed(site_text(facts_of(kinds), {"/runs"}))).size(), 1U);
}

}  // namespace
}  // namespace chainer::draft::site_draft_test
