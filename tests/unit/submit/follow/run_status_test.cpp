#include "submit/follow/run_status.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>

#include "fakes.hpp"
#include "temporary_folder.hpp"

namespace chainer::run_status_test {
namespace {

class Look : public testing::Test {
 protected:
  void record(const std::string& text) { folder_.write("r/attempts/7.0/record", text); }

  /// "PHASE: SENTENCE", or the error.
  std::string look(const std::string& squeue) {
    processes_.answers = {{0, squeue, ""}};
    return look();
  }
  std::string look() {
    const auto status =
        follow::look_at({run::RunFolder(folder_ / "r"), "7", "", ""}, {processes_, pause_, 0});
    if (!status) return status.error().what;
    return std::string(follow::name_of(status->phase)) + ": " + status->sentence;
  }

  TemporaryFolder folder_;
  FakeProcesses processes_;
  FakePause pause_;
};

TEST_F(Look, TellsWhatARunIsDoing) {
  EXPECT_EQ(look("7|N/A|PENDING||Resources\n"), "queued: waiting for nodes to become free");
  EXPECT_EQ(look("7|N/A|PENDING||None\n"), "queued: waiting");
  EXPECT_EQ(look("7|N/A|RUNNING|n1|None\n"), "starting: on n1");
  record("start 1 n1\nprepare 1 \n");
  EXPECT_EQ(look("7|N/A|RUNNING|n1|None\n"), "preparing: on n1");
  record("start 1 n1\nprepared 2 0\nrun 2 1\n");
  EXPECT_EQ(look("7|N/A|RUNNING|n1|None\n"), "running: on n1");
  EXPECT_EQ(look("7|N/A|COMPLETING|n1|None\n"), "finishing: on n1");
}

TEST_F(Look, TellsOfAnArrayWhatRuns) {
  EXPECT_EQ(look("8|1|COMPLETED|n1|None\n9|2|PENDING||Resources\n7|0|RUNNING|n2|None\n"),
            "starting: on n2");
}

TEST_F(Look, TellsHowARunEnded) {
  record("start 1 n1\nprepared 2 0\nrun 2 1\nrank 3 0 0\nend 5 0\n");
  EXPECT_EQ(look("7|N/A|COMPLETED|n1|None\n"), "done: done: 1 rank on n1, 4 s");
  EXPECT_EQ(look("7|N/A|CANCELLED|n1|None\n").substr(0, 33), "cancelled: failed: job 7 was canc");
  record("start 1 n1\nprepared 2 0\nrun 2 1\nfirst_failure 3 0 9 n1\nrank 3 0 9\nend 5 9\n");
  EXPECT_EQ(look("7|N/A|FAILED|n1|NonZeroExitCode\n"),
            "failed: failed: rank 0 on n1 failed first, with exit code 9; log " +
                (folder_ / "r/logs/7.out"));
}

/// It shows none of it: reading this one would take hours.
TEST_F(Look, ReadsNoLogToItsEnd) {
  record("start 1 n1\nprepared 2 0\nrun 2 1\nrank 3 0 0\nend 5 0\n");
  const auto log = folder_.write("r/logs/7.out", "");
  std::filesystem::resize_file(log, std::uintmax_t{1} << 43);
  EXPECT_EQ(look("7|N/A|COMPLETED|n1|None\n"), "done: done: 1 rank on n1, 4 s");
}

TEST_F(Look, KnowsTheEndOfARunThatSlurmHasForgotten) {
  record("start 1 n1\nprepared 2 0\nrun 2 1\nrank 3 0 0\nend 5 0\n");
  processes_.answers = {{1, "", "slurm_load_jobs error: Invalid job id specified\n"}};
  EXPECT_EQ(look(), "done: done: 1 rank on n1, 4 s");
}

TEST_F(Look, SaysWhenSlurmDoesNotAnswer) {
  processes_.answers = {{1, "", "slurm_load_jobs error: Unable to contact slurm controller\n"}};
  EXPECT_EQ(look(),
            "Slurm does not answer: slurm_load_jobs error: Unable to contact slurm controller");
  processes_.answers = {{hangs, "", ""}};
  EXPECT_EQ(look(), "Slurm does not answer: squeue does not answer");
}

}  // namespace
}  // namespace chainer::run_status_test
