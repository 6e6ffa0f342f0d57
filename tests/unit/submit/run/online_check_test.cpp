// What `check --online` makes of the answers of Slurm's commands.
#include "submit/run/online_check.hpp"

#include <gtest/gtest.h>

#include <map>

#include "fakes.hpp"
#include "submit/run/cluster_accounts.hpp"
#include "submit/run/cluster_facts.hpp"
#include "temporary_folder.hpp"

namespace chainer::online_check_test {
namespace {

/// Each command has one answer; one that is not here hangs.
struct FakeCluster : run::ProcessRunner {
  Result<std::unique_ptr<run::RunningProcess>> start(
      const std::vector<std::string>& argv, const std::vector<std::string>& variables) override {
    std::string words;
    for (const auto& word : argv) words += (words.empty() ? "" : " ") + word;
    environment = variables;
    for (const auto& [begin, answer] : answers) {
      if (words.starts_with(begin)) {
        return std::unique_ptr<run::RunningProcess>(std::make_unique<FakeProcess>(answer));
      }
    }
    return std::unique_ptr<run::RunningProcess>(std::make_unique<FakeProcess>(std::nullopt));
  }
  std::map<std::string, run::Finished> answers{
      {"sinfo",
       {0,
        "batch*|up|2-00:00:00|1-4|8|4|16000|(null)|ib,old\ngpu|up|infinite|1-infinite|2|8|32000|"
        "gpu:a100:2(S:0)|ib\n",
        ""}},
      {"srun --mpi=list",
       {0,
        "MPI plugin types are...\n\tnone\n\tpmix\nspecific pmix plugin versions available: "
        "pmix_v4\n",
        ""}},
      {"scontrol --oneliner show reservation", {0, "ReservationName=course StartTime=x\n", ""}},
      {"scontrol show config",
       {0,
        "AccountingStorageEnforce = associations,limits,qos\nAccountingStorageType   = "
        "accounting_storage/slurmdbd\nClusterName             = virtual\n",
        ""}},
      {"sacctmgr --readonly --noheader --parsable2 show user",
       {0,
        "research|research||normal,short|normal|||\nresearch|spare||normal|normal|01:00:00|node=1|"
        "\n",
        ""}},
      {"sacctmgr --readonly --noheader --parsable2 show qos",
       {0, "normal||||\nshort|00:10:00||cpu=2|\nclosed||||\n", ""}},
      {"sbatch --test-only",
       {0, "",
        "sbatch: Job 7 to start at 2026-11-25T20:00:00 using 2 processors on nodes n[1-2] in "
        "partition batch\n"}},
  };
  std::vector<std::string> environment;
};

class OnlineCheck : public testing::Test {
 protected:
  static constexpr std::time_t now = 1'795'608'000;  // 2026-11-25T12:00 UTC

  run::ClusterAnswer ask(const std::string& estimator, run::Depth depth = run::Depth::whole) {
    folder_.write(
        "site.toml",
        "runs = \"" + runs_ +
            "\"\n[images]\ncpu = \"docker://h.org/i:1\"\n"
            "[node_types.n]\ncpus = 8\nmemory = \"16g\"\ngpus = 4\n"
            "[compute_targets.c]\nnode_type = \"n\"\nmpi = \"pmix\"\n"
            "[compute_targets.odd]\nnode_type = \"n\"\npartition = \"bach\"\nmpi = \"openmpi\"\n");
    folder_.write("train.py", "");
    folder_.write("train.toml", "entry_script = \"train.py\"\nuser_managed = true\n" + estimator);
    const auto inspection = plan::inspect({"train.toml", "site.toml", {}, folder_.path()});
    EXPECT_TRUE(inspection.is_clean()) << plan::render(inspection, Colour::off);
    return run::ask_cluster(inspection, "ada", depth, {cluster_, pause_, now}, console_);
  }

  std::string findings(const std::string& estimator) {
    std::string text;
    for (const auto& finding : ask(estimator).findings) {
      text += finding.file + ":" + std::to_string(finding.at.line) + ": " + finding.message +
              " | " + finding.hint + "\n";
    }
    return text;
  }

  TemporaryFolder folder_;
  TemporaryFolder shared_;
  std::string runs_{shared_.path()};
  FakeCluster cluster_;
  FakePause pause_;
  FakeConsole console_;
};

const std::string on_two =
    "compute_target = \"c\"\nnode_count = 2\ndistributed_training = { type = \"mpi\" }\n";

TEST_F(OnlineCheck, SaysThatThereIsNoFolderOfRuns) {
  runs_ = shared_ / "nowhere";
  EXPECT_EQ(findings(on_two), "train.toml:3: compute_target: cannot open the folder " + runs_ +
                                  ": No such file or directory | the site's folder of runs must "
                                  "exist and be open to you\n");
}

TEST_F(OnlineCheck, TakesNoGuessForATimeAtWhichARunWouldStart) {
  auto& said = cluster_.answers["sbatch --test-only"].err;
  said.replace(said.find("2026"), 4, "2027");
  const auto answer = ask(on_two);
  EXPECT_EQ(answer.start, "");
  ASSERT_EQ(answer.not_looked_at.size(), 1u);
  EXPECT_EQ(answer.not_looked_at[0].what, "when it would start");
}

TEST_F(OnlineCheck, SaysWhenARunWouldStart) {
  const auto answer = ask(on_two);
  EXPECT_TRUE(answer.findings.empty());
  EXPECT_EQ(answer.start, "2026-11-25T20:00:00 on n[1-2]");
  EXPECT_TRUE(answer.not_looked_at.empty());
  EXPECT_FALSE(answer.failure);
}

TEST_F(OnlineCheck, NamesAllThatTheClusterDoesNotHave) {
  EXPECT_EQ(
      findings(on_two + "[slurm]\npartition = \"batch,gpus\"\nconstraint = \"ib&(new|old*2)\"\n"
                        "reservation = \"coarse\"\naccount = \"spares\"\n"),
      "train.toml:7: slurm.partition: the cluster has no partition 'gpus' | did you mean 'gpu'?\n"
      "train.toml:8: slurm.constraint: no node of the partition 'batch' has the feature 'new' | "
      "known: ib, old\n"
      "train.toml:9: slurm.reservation: the cluster has no reservation 'coarse' | did you mean "
      "'course'?\n"
      "train.toml:10: slurm.account: ada may not use the account 'spares' | did you mean "
      "'spare'?\n");
}

TEST_F(OnlineCheck, NamesTheSiteFilesOwnLine) {
  EXPECT_EQ(findings("compute_target = \"odd\"\n"),
            "site.toml:13: partition: the cluster has no partition 'bach' | did you mean 'batch'?\n"
            "site.toml:14: srun has no --mpi=openmpi, which the target asks for | known: none, "
            "pmix, pmix_v4\n");
}

TEST_F(OnlineCheck, HoldsARunAgainstTheLimitsOfItsPartition) {
  EXPECT_EQ(
      findings("compute_target = \"c\"\nnode_count = 5\ndistributed_training = { type = \"mpi\" }\n"
               "max_run_duration_seconds = 172801\nuse_gpu = true\ncustom_docker_image = "
               "\"h.org/i:1\"\n"),
      "train.toml:4: node_count: the run is on 5 nodes, and the partition 'batch' gives a job 4 | "
      "ask for fewer "
      "nodes, or for another partition\n"
      "train.toml:6: max_run_duration_seconds: the run has 2881 minutes, and the partition 'batch' "
      "gives a job "
      "2880 | ask for less time, or for another partition\n"
      "train.toml:7: use_gpu: no node of the partition 'batch' has a GPU | name a partition with "
      "GPUs\n");
  EXPECT_EQ(findings("compute_target = \"c\"\n[slurm]\npartition = \"gpu\"\ngpus_per_node = 3\n"),
            "train.toml:6: slurm.gpus_per_node: the run has 3 GPUs on each node, and nodes of the "
            "partition 'gpu' have 2 "
            "| ask for fewer GPUs, or for fewer processes on a node\n");
  EXPECT_EQ(findings("compute_target = \"c\"\n[slurm]\npartition = \"gpu\"\ngpus_per_node = "
                     "1\ngpu_type = \"v100\"\n"),
            "train.toml:7: slurm.gpu_type: no node of the partition 'gpu' has a GPU of the type "
            "'v100' | sinfo "
            "--partition=gpu --format=%G shows what there is\n");
}

TEST_F(OnlineCheck, HoldsARunAgainstAccountsAndTheirLimits) {
  EXPECT_EQ(findings(on_two + "[slurm]\nqos = \"nromal\"\n"),
            "train.toml:7: slurm.qos: the cluster has no QOS 'nromal' | did you mean 'normal'?\n");
  EXPECT_EQ(findings(on_two + "[slurm]\nqos = \"closed\"\n"),
            "train.toml:7: slurm.qos: the account 'research' gives ada no QOS 'closed' | known: "
            "normal, short\n");
  EXPECT_EQ(
      findings(on_two +
               "max_run_duration_seconds = 601\n[slurm]\nqos = \"short\"\ncpus_per_task = 2\n"),
      "train.toml:6: max_run_duration_seconds: the run has 11 minutes, and the QOS 'short' gives a "
      "job 10 | ask "
      "for less: a job with more is refused, or waits for ever\n"
      "train.toml:9: slurm.cpus_per_task: the run has cpu=4, and the QOS 'short' gives cpu=2 | ask "
      "for less: a "
      "job with more is refused, or waits for ever\n");
  EXPECT_EQ(findings(on_two + "[slurm]\naccount = \"spare\"\n"),
            "train.toml:4: node_count: the run has node=2, and the account 'spare' gives node=1 | "
            "ask for less: a job "
            "with more is refused, or waits for ever\n");
  cluster_.answers["sacctmgr --readonly --noheader --parsable2 show user"].out = "";
  EXPECT_EQ(findings(on_two),
            "train.toml:3: compute_target: ada has no account in this cluster | an administrator "
            "gives you one, with "
            "sacctmgr\n");
}

TEST_F(OnlineCheck, PassesOnWhatSbatchSaysAtTheKey) {
  cluster_.answers["sbatch --test-only"] = {
      1, "",
      "sbatch: error: x\nallocation failure: Requested node configuration is not available\n"};
  EXPECT_EQ(findings(on_two),
            "train.toml:4: node_count: sbatch refused the job: Requested node configuration is not "
            "available | correct it "
            "and submit again\n");
}

TEST_F(OnlineCheck, SaysWhatItCouldNotLookAt) {
  cluster_.answers["scontrol show config"].out =
      "AccountingStorageType   = accounting_storage/none\n";
  auto answer = ask(on_two);
  ASSERT_EQ(answer.not_looked_at.size(), 1u);
  EXPECT_EQ(answer.not_looked_at[0].why, "the cluster keeps no accounts");
  EXPECT_EQ(answer.start, "2026-11-25T20:00:00 on n[1-2]");

  cluster_.answers["sinfo"] = {
      1, "", "slurm_load_partitions: Unable to contact slurm controller (connect failure)\n"};
  answer = ask(on_two);
  EXPECT_EQ(answer.failure->code, run::ExitCode::try_again);
  EXPECT_EQ(answer.failure->error.what,
            "Slurm does not answer: slurm_load_partitions: Unable to contact slurm controller "
            "(connect failure)");
  std::string unasked;
  for (const auto& one : answer.not_looked_at) unasked += one.what + "\n";
  EXPECT_EQ(unasked,
            "the partition, its limits, its nodes' features and GPUs\nthe account, the QOS and "
            "their limits\n"
            "whether the run can ever start\n");
}

TEST_F(OnlineCheck, WaitsForAnAnswerAndSaysSoAndNotForEver) {
  cluster_.answers.erase("sinfo");
  pause_.patience = 10'000;
  const auto answer = ask(on_two, run::Depth::quick);
  EXPECT_EQ(answer.failure->error.what, "Slurm does not answer: sinfo has not answered for 5 s");
  EXPECT_EQ(console_.complained, "chainer-submit: waiting for sinfo\n");
}

TEST_F(OnlineCheck, EndsWithCtrlC) {
  cluster_.answers.erase("sinfo");
  pause_.patience = 5;
  const auto answer = ask(on_two);
  EXPECT_TRUE(answer.is_interrupted);
  EXPECT_FALSE(answer.failure);
}

TEST_F(OnlineCheck, LetsNoVariableChangeHowCommandsAnswer) {
  for (const auto* name : {"SINFO_FORMAT", "SQUEUE_PARTITION", "SACCT_FORMAT", "SBATCH_PARTITION",
                           "SLURM_CLUSTERS", "SCONTROL_ALL"})
    ::setenv(name, "x", 1);
  ask(on_two);
  for (const auto* name : {"SINFO_FORMAT", "SQUEUE_PARTITION", "SACCT_FORMAT", "SBATCH_PARTITION",
                           "SLURM_CLUSTERS", "SCONTROL_ALL"}) {
    ::unsetenv(name);
    for (const auto& variable : cluster_.environment)
      EXPECT_FALSE(variable.starts_with(std::string(name) + "=")) << variable;
  }
}

TEST(ClusterFacts, ReadDurationsAsSlurmWritesThem) {
  EXPECT_EQ(run::minutes_of("2-12:30:01"), 2 * 1440 + 12 * 60 + 31);
  EXPECT_EQ(run::minutes_of("1-00:00:00"), 1440);
  EXPECT_EQ(run::minutes_of("01:00:00"), 60);
  EXPECT_EQ(run::minutes_of("30:00"), 30);
  EXPECT_EQ(run::minutes_of("90"), 90);
  for (const auto* endless : {"infinite", "UNLIMITED", "", "n/a", "1:2:3:4"})
    EXPECT_FALSE(run::minutes_of(endless)) << endless;
}

TEST(ClusterFacts, CountGpusOfAKind) {
  run::NodeGroup group;
  group.gres = "gpu:a100:2(S:0-1),gpu:v100:4,nvme:1";
  EXPECT_EQ(run::gpus_of(group, ""), 6);
  EXPECT_EQ(run::gpus_of(group, "v100"), 4);
  EXPECT_EQ(run::gpus_of(group, "k80"), 0);
  group.gres = "gpu:4(IDX:0-3)";
  EXPECT_EQ(run::gpus_of(group, ""), 4);
}

TEST(ClusterFacts, FindTheNamesInAConstraint) {
  EXPECT_EQ(run::names_in_constraint("[rack1|rack2]&ib*4"),
            (std::vector<std::string>{"rack1", "rack2", "ib"}));
  EXPECT_EQ(run::names_in_constraint("a-b.c&(d|!e)"),
            (std::vector<std::string>{"a-b.c", "d", "e"}));
  EXPECT_TRUE(run::names_in_constraint("").empty());
}

TEST(ClusterAccounts, ReadAmountsAsSlurmWritesThem) {
  const auto limits = run::read_tres("cpu=4,gres/gpu=2,mem=8G,node=1");
  ASSERT_EQ(limits.size(), 4u);
  EXPECT_EQ(limits[1].name, "gres/gpu");
  EXPECT_EQ(limits[2].most, 8192u);
  EXPECT_TRUE(run::read_tres("").empty());
}

}  // namespace
}  // namespace chainer::online_check_test
