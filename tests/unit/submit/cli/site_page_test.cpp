// The page and the schema of the site file, `site show`, and the files that the project comes with.
#include "submit/cli/site_page.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "fakes.hpp"
#include "submit/cli/json_text.hpp"
#include "submit/input/site_keys.hpp"
#include "submit/plan/inspection.hpp"
#include "temporary_folder.hpp"

namespace chainer::site_page_test {
namespace {

const std::string project = PROJECT_FOLDER;

TEST(SitePage, IsTheOneThatIsCheckedIn) {
  const auto path = project + "/docs/site.md";
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path) << cli::site_page();
  EXPECT_EQ(contents(path), cli::site_page());
}

TEST(SiteKeys, AreNamedOnceAndSayWhatTheyAre) {
  std::set<std::string> names;
  for (const auto& key : input::all_site_keys()) {
    EXPECT_TRUE(names.insert(key.full_name()).second) << key.full_name();
    EXPECT_TRUE(key.info.sentence.ends_with('.')) << key.full_name();
    EXPECT_EQ(input::sentence_of_site_table(key.section).ends_with('.'), !key.section.empty());
  }
}

TEST(SiteSchema, HoldsEveryKeyAndLetsSitesNameTheirTables) {
  const auto schema = nlohmann::json::parse(cli::site_schema());
  const auto& properties = schema["properties"];
  EXPECT_EQ(properties["runs"]["type"], "string");
  EXPECT_EQ(properties["limits"]["properties"]["nodes"]["minimum"], 1);
  EXPECT_EQ(properties["limits"]["additionalProperties"], false);
  const auto& target = properties["compute_targets"]["additionalProperties"];
  EXPECT_EQ(target["properties"]["node_type"]["type"], "string");
  EXPECT_EQ(target["additionalProperties"], false);
  EXPECT_EQ(properties["priorities"]["properties"]["lowpriority"]["properties"]["qos"]["type"],
            "string");
  EXPECT_EQ(schema["additionalProperties"], false);
}

class SiteShow : public testing::Test {
 protected:
  std::string show(const std::string& text, run::ExitCode code = run::ExitCode::done,
                   cli::Format format = cli::Format::text) {
    cli::CommandLine line;
    line.command = cli::Command::site_show;
    line.site_file = "site.toml";
    line.format = format;
    folder_.write("site.toml", text);
    EXPECT_EQ(
        cli::run_command(line, {folder_.path(), "ada", ""}, {processes_, pause_, 0}, console_),
        code)
        << console_.complained;
    return console_.written;
  }

  TemporaryFolder folder_;
  FakeProcesses processes_;
  FakePause pause_;
  FakeConsole console_;
};

const std::string small_site =
    "runs = \"/runs\"\n[limits]\nnodes = 4\nallowed_images = [\"docker://a/*\"]\n"
    "[node_types.n]\ncpus = 1\nmemory = \"1g\"\npartition = \"batch\"\n"
    "[compute_targets.c]\nnode_type = \"n\"\nqos = \"high\"\n";

TEST_F(SiteShow, NamesTheLineOfEveryValueInForce) {
  EXPECT_EQ(show(small_site),
            "runs = \"/runs\"                            site.toml:1\n"
            "recipes = \"recipes\"                       default\n"
            "default_framework_version = \"5.1.0\"       default\n"
            "images.mpi_of_nodes = false               default\n"
            "limits.snapshot_size = \"300m\"             default\n"
            "limits.snapshot_files = 2000              default\n"
            "limits.nodes = 4                          site.toml:3\n"
            "limits.allowed_images = [\"docker://a/*\"]  site.toml:4\n"
            "node_types.n.cpus = 1                     site.toml:6\n"
            "node_types.n.memory = \"1g\"                site.toml:7\n"
            "node_types.n.gpus = 0                     default\n"
            "node_types.n.partition = \"batch\"          site.toml:8\n"
            "node_types.n.mpi = \"pmix\"                 default\n"
            "compute_targets.c.node_type = \"n\"         site.toml:10\n"
            "compute_targets.c.partition = \"batch\"     site.toml:8\n"
            "compute_targets.c.qos = \"high\"            site.toml:11\n"
            "compute_targets.c.mpi = \"pmix\"            default\n");
}

TEST_F(SiteShow, SaysTheSameInJson) {
  const auto answer =
      nlohmann::json::parse(show(small_site, run::ExitCode::done, cli::Format::json));
  EXPECT_EQ(answer["values"].size(), 17u);
  EXPECT_EQ(answer["values"][6],
            nlohmann::json::parse(R"({"key": "limits.nodes", "value": 4, "from": "file",
                                                     "file": "site.toml", "line": 3, "column": 9})"));
  EXPECT_EQ(answer["values"][4]["from"], "default");
}

TEST_F(SiteShow, SaysWhatIsWrongInstead) {
  EXPECT_EQ(show("runs = 1\n", run::ExitCode::wrong_input), "");
  EXPECT_EQ(
      console_.complained,
      "site.toml:1:8: error: runs is an integer, expected a string\n    runs = 1\n           ^\n"
      "hint: put it in double quotes\n");
}

/// What a person would be told of an estimator under a site file.
std::vector<std::string> said(const std::string& site, const std::string& estimator) {
  TemporaryFolder folder;
  folder.write("train.py", "print()\n");
  folder.write("train.toml",
               "entry_script = \"train.py\"\nframework_version = \"7.8.1\"\n" + estimator);
  const auto inspection = plan::inspect({"train.toml", site, {}, folder.path()});
  std::vector<std::string> messages;
  for (const auto& finding : inspection.findings) messages.push_back(finding.message);
  if (inspection.is_clean()) {
    const auto& asked = inspection.plan->allocation;
    messages.push_back("partition " + asked.partition + ", qos " + asked.qos + ", account " +
                       asked.account + ", " + std::to_string(asked.minutes) + " min");
  }
  return messages;
}

TEST(SiteConfig, BeginsWithTheLeastThatWorks) {
  const auto text = contents(project + "/site-config/site.toml");
  std::string least;
  std::istringstream lines(text.substr(text.find("# The least that works")));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("#   ")) least += line.substr(4) + "\n";
  TemporaryFolder folder;
  std::filesystem::copy(project + "/site-config/recipes", folder / "recipes");
  const std::string installed = "/usr/share/chainer/site-config/recipes";
  least.replace(least.find(installed), installed.size(), folder / "recipes");
  const auto site = folder.write("site.toml", least);
  EXPECT_EQ(said(site, "compute_target = \"cluster\"\n"),
            (std::vector<std::string>{"partition , qos , account , 0 min"}));
}

TEST(SiteConfig, ReadsAsItIs) {
  const auto site = project + "/site-config/site.toml";
  EXPECT_EQ(said(site, "compute_target = \"gpu\"\nuse_gpu = true\n"),
            (std::vector<std::string>{"partition gpu, qos normal, account research, 240 min"}));
}

TEST(SiteExamples, OfACpuClusterGiveRunsATimeLimit) {
  const auto site = project + "/site-config/examples/cpu-cluster.toml";
  EXPECT_EQ(said(site, "compute_target = \"cluster\"\n"),
            (std::vector<std::string>{"partition compute, qos , account , 240 min"}));
  EXPECT_EQ(
      said(site,
           "compute_target = \"cluster\"\nnode_count = 17\ndistributed_training = { type = \"mpi\" "
           "}\n"),
      (std::vector<std::string>{"node_count is 17, and the site allows 16 (" + site + ":10)"}));
}

TEST(SiteExamples, OfAGpuClusterKnowTheKindsOfNodes) {
  const auto site = project + "/site-config/examples/gpu-cluster.toml";
  EXPECT_EQ(said(site,
                 "vm_size = \"a100\"\nuse_gpu = true\nprocess_count_per_node = "
                 "8\ndistributed_training = { type = \"mpi\" }\n"),
            (std::vector<std::string>{"partition gpu, qos , account , 4320 min"}));
  EXPECT_EQ(said(site,
                 "compute_target = \"v100\"\nuse_gpu = true\n[slurm]\ngpus_per_node = 5\npartition "
                 "= \"gpu-long\"\n"),
            (std::vector<std::string>{"5 GPUs on a node are asked for, and a node has 4 (" + site +
                                      ":28)"}));
}

TEST(SiteExamples, OfAFederationMoveLowPriorityToWhereItIsPreempted) {
  const auto site = project + "/site-config/examples/federation.toml";
  EXPECT_EQ(said(site, "vm_size = \"standard\"\n"),
            (std::vector<std::string>{"partition owners, qos owner, account , 1440 min"}));
  EXPECT_EQ(said(site, "vm_size = \"standard\"\nvm_priority = \"lowpriority\"\n"),
            (std::vector<std::string>{"partition shared, qos guest, account guests, 1440 min"}));
  EXPECT_EQ(said(site, "compute_target = \"shared\"\n[slurm]\npartition = \"owners,debug\"\n"),
            (std::vector<std::string>{
                "the partition 'debug' is not open to compute_target 'shared' (" + site + ":22)"}));
}

}  // namespace
}  // namespace chainer::site_page_test
