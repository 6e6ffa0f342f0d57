#include "submit/follow/follower.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "temporary_folder.hpp"

namespace chainer::follower_test {
namespace {

class Follow : public testing::Test {
 protected:
  Follow() { std::filesystem::create_directory(folder_ / "r"); }
  void record(const std::string& text) { folder_.write("r/attempts/7.0/record", text); }
  void log(const std::string& text) { folder_.write("r/logs/7.out", text); }
  void preparation_log(const std::string& text) { folder_.write("r/logs/7.preparation.log", text); }
  void squeue(const std::string& line) { processes_.answers = {{0, "7|N/A|" + line + "\n", ""}}; }
  void squeue_forgets() {
    processes_.answers = {{1, "", "slurm_load_jobs error: Invalid job id specified\n"}};
  }

  std::string where() const { return "; log " + (folder_ / "r/logs/7.out"); }

  follow::Ending run() {
    return follow::follow({run::RunFolder(folder_ / "r"), "7", "", array_}, processes_, pause_,
                          console_);
  }

  TemporaryFolder folder_;
  FakeProcesses processes_;
  FakePause pause_;
  std::string array_{};
  FakeConsole console_;
};

TEST_F(Follow, ShowsTheQueueThenThePreparationThenTheOutput) {
  squeue("PENDING||Resources");
  pause_.events = {
      [&] { squeue("RUNNING|n[1-2]|None"); },
      [&] {
        record("start 100 n[1-2]\nprepare 100 \n"),
            preparation_log("chainer: node n1: 1 of 2 MB\n");
      },
      [&] { record("start 100 n[1-2]\nprepared 104 0\nrun 105 \n"), log("epoch 1\n"); },
      [&] { squeue("COMPLETED|n[1-2]|None"); },
      [&] {
        log("epoch 1\nepoch 2\n");
        record(
            "start 100 n[1-2]\nprepared 104 0\nrun 105 \nrank 110 0 0\nrank 110 1 0\nend 112 0\n");
      },
  };
  const auto ending = run();
  EXPECT_EQ(ending.code, run::ExitCode::done);
  EXPECT_EQ(ending.sentence, "done: 2 ranks on n[1-2], 12 s");
  EXPECT_EQ(console_.written, "chainer: node n1: 1 of 2 MB\nepoch 1\nepoch 2\n");
  EXPECT_EQ(console_.complained,
            "chainer-submit: queued: waiting for nodes to become free (Resources)\n"
            "chainer-submit: preparing n[1-2]\n"
            "chainer-submit: running, prepared in 5 s\n");
}

TEST_F(Follow, EndsTheLastLineOfTheOutput) {
  squeue("COMPLETED|n1|None");
  record("start 1 n1\nprepared 2 0\nrun 2 1\nrank 3 0 0\nend 4 0\n");
  log("epoch 1");
  EXPECT_EQ(run().code, run::ExitCode::done);
  EXPECT_EQ(console_.written, "epoch 1\n");
}

/// Whatever ends it: the last line stands on a line of its own.
TEST_F(Follow, EndsTheLastLineOfTheOutputWhereverItLeaves) {
  record("start 1 n1\nprepared 2 0\nrun 2 1\n");
  squeue("RUNNING|n1|None");
  pause_.events = {[&] { log("epoch 1"); }, [] {}, [&] { squeue("PENDING||PartitionConfig"); }};
  EXPECT_EQ(run().code, run::ExitCode::run_failed);
  EXPECT_EQ(console_.written, "epoch 1\n");
  processes_.answers = {{1, "", "Unable to contact slurm controller\n"}};
  console_.written.clear();
  pause_.patience = 100000;
  EXPECT_EQ(run().code, run::ExitCode::try_again);
  EXPECT_EQ(console_.written, "epoch 1\n");
}

/// The exception of the first rank alone, whatever Slurm says in the middle of its traceback.
TEST_F(Follow, TakesTheExceptionFromWhatTheFirstRankWrote) {
  squeue("FAILED|n1|NonZeroExitCode");
  record("start 1 n1\nprepared 2 0\nrun 2 2\nrank 3 1 1\nfirst_failure 3 1 1 n1\nend 4 1\n");
  log("Traceback (most recent call last):\nsrun: error: x\n  File y\nValueError: of the log\n");
  folder_.write("r/attempts/7.0/ranks/1.log",
                "Traceback (most recent call last):\n  File y\nKeyError: 'its own'\n");
  EXPECT_EQ(run().sentence,
            "failed: rank 1 on n1 failed first, with exit code 1: KeyError: "
            "'its own'" +
                where());
}

TEST_F(Follow, ShowsOnceWhatEveryNodeSaysOfOneMistake) {
  squeue("FAILED|n1|NonZeroExitCode");
  preparation_log(
      "chainer: node n1, step 7.0: cannot\nnext: x\nchainer: node n2, step 7.0: cannot\n"
      "next: x\n");
  record("start 1 n1\nprepare 1 \nprepared 2 1\nend 2 1\n");
  EXPECT_EQ(run().sentence, "failed: the preparation failed on n1: cannot; next: x; log " +
                                (folder_ / "r/logs/7.preparation.log"));
  EXPECT_EQ(console_.written, "chainer: node n1, step 7.0: cannot\nnext: x\n");
}

TEST_F(Follow, SaysWhichRankFailedFirst) {
  squeue("FAILED|n1|NonZeroExitCode");
  record(
      "start 1 n1\nprepared 2 0\nrun 2 \nrank 3 0 143\nrank 3 1 2\nrank 3 3 143\nfirst_failure 3 1 "
      "2\nend 4 2\n");
  const auto ending = run();
  EXPECT_EQ(ending.code, run::ExitCode::run_failed);
  EXPECT_EQ(ending.sentence, "failed: rank 1 failed first, with exit code 2" + where());
}

TEST_F(Follow, ShowsAFailedPreparationOnce) {
  squeue("FAILED|n1|NonZeroExitCode");
  preparation_log("chainer: cannot\n");
  log("chainer: cannot\n");
  record("start 1 n1\nprepare 1 \nprepared 2 1\nend 2 1\n");
  const auto ending = run();
  EXPECT_EQ(ending.sentence,
            "failed: the preparation ended with exit code 1: chainer: cannot; log " +
                (folder_ / "r/logs/7.preparation.log"));
  EXPECT_EQ(console_.written, "chainer: cannot\n");
}

/// Slurm may have counted from the beginning again since then.
TEST_F(Follow, HearsNothingOfAnotherJobOfTheSameNumber) {
  const auto other = folder_ / "other";
  std::filesystem::create_directory(other);
  processes_.answers = {{0, "7|N/A|RUNNING|n1|None|" + other + "\n", ""}};
  processes_.sacct = "7|7|CANCELLED by 1000|n1|" + other + "\n";
  record("start 1 n1\nprepared 2 0\nrun 2 1\n");
  EXPECT_EQ(run().sentence,
            "failed: job 7 vanished: Slurm no longer knows it, and it left no record of its end" +
                where());
}

TEST_F(Follow, SaysThatTheFolderOfTheRunIsGone) {
  record("start 1 n1\nprepared 2 0\nrun 2 1\n");
  squeue("RUNNING|n1|None");
  pause_.events = {[&] {
    std::filesystem::remove_all(folder_ / "r");
    squeue("FAILED|n1|NonZeroExitCode");
  }};
  EXPECT_EQ(run().sentence, "failed: job 7 lost its folder: " + (folder_ / "r") + " is gone");
}

/// Another account's run may have anything in the place of a log.
TEST_F(Follow, ReadsNoLogWithoutAnEnd) {
  squeue("FAILED|n1|NonZeroExitCode");
  std::filesystem::create_directories(folder_ / "r/logs");
  std::filesystem::create_symlink("/dev/zero", folder_ / "r/logs/7.out");
  EXPECT_EQ(run().sentence, "failed: job 7 could not start its script: Slurm says FAILED");
  EXPECT_EQ(console_.written, "");
}

/// What another account's script says of itself is shown as text.
TEST_F(Follow, ShowsNothingOfARecordAsItIs) {
  squeue("FAILED|n1|NonZeroExitCode");
  record(
      "start 1 n1\x1b]0;title\a\nprepared 2 0\nrun 2 1\nfirst_failure 3 0 9 n1\x1b[31m "
      "/dev\x1b[2Jshm\n"
      "rank 3 0 9\nend 5 9\n");
  EXPECT_EQ(run().sentence,
            "failed: rank 0 on n1\\x1b[31m failed first, with exit code 9; /dev\\x1b[2Jshm on "
            "n1\\x1b[31m is full" +
                where());
  EXPECT_EQ(console_.complained,
            "chainer-submit: preparing n1\\x1b]0;title\\x07\n"
            "chainer-submit: running, prepared in 1 s\n");
}

/// Ctrl-C ends it in the middle of a log of any length.
TEST_F(Follow, StopsInTheMiddleOfALog) {
  struct : FakePause {
    bool is_asked_to_stop() const override { return !console->written.empty(); }
    const FakeConsole* console;
  } pause;
  pause.console = &console_;
  squeue("COMPLETED|n1|None");
  record("start 1 n1\nprepared 2 0\nrun 2 1\nrank 3 0 0\nend 4 0\n");
  log(std::string(5'000'000, 'x'));
  const auto ending =
      follow::follow({run::RunFolder(folder_ / "r"), "7", "", ""}, processes_, pause, console_);
  EXPECT_EQ(ending.code, run::ExitCode::interrupted);
  EXPECT_LT(console_.written.size(), 2'000'000U);
}

TEST_F(Follow, SaysThatAJobWasCancelledInTheQueue) {
  squeue("CANCELLED||None");
  EXPECT_EQ(run().sentence, "failed: job 7 was cancelled");
}

TEST_F(Follow, SaysThatTimeRanOutThoughTheScriptWroteItsEnd) {
  squeue("RUNNING|n1|None");
  record("start 1 n1\nprepared 2 0\nrun 2 \nsignal 60 TERM\nend 61 143\n");
  pause_.events = {[&] { squeue("TIMEOUT|n1|TimeLimit"); }};
  EXPECT_EQ(run().sentence,
            "failed: job 7 ran out of time: the partition's limit; max_run_duration_seconds asks "
            "for a longer one" +
                where());
}

TEST_F(Follow, TrustsTheRecordOfAJobThatSlurmHasForgotten) {
  squeue_forgets();
  record("start 1 n1\nprepared 2 0\nrun 2 \nrank 3 0 0\nend 4 0\n");
  EXPECT_EQ(run().code, run::ExitCode::done);
}

TEST_F(Follow, NoticesAJobThatVanished) {
  squeue_forgets();
  record("start 1 n1\nprepared 2 0\nrun 2 \n");
  const auto ending = run();
  EXPECT_EQ(ending.code, run::ExitCode::run_failed);
  EXPECT_EQ(ending.sentence,
            "failed: job 7 vanished: Slurm no longer knows it, and it left no record of its end" +
                where());
}

TEST_F(Follow, AsksTheAccountsHowAForgottenJobEnded) {
  squeue_forgets();
  processes_.sacct = "7|7|CANCELLED by 1000|n1|" + (folder_ / "r") + "\n";
  const auto ending = run();
  EXPECT_EQ(ending.code, run::ExitCode::run_failed);
  EXPECT_EQ(ending.state, "CANCELLED");
  EXPECT_EQ(ending.sentence, "failed: job 7 was cancelled");
}

TEST_F(Follow, TakesNoStateOfTheAccountsThatIsNoEnd) {
  squeue_forgets();
  processes_.sacct = "7|7|RUNNING|n1|" + (folder_ / "r") + "\n";
  record("start 1 n1\nprepared 2 0\nrun 2 \n");
  EXPECT_EQ(run().sentence,
            "failed: job 7 vanished: Slurm no longer knows it, and it left no record of its end" +
                where());
}

TEST_F(Follow, LeavesTheJobAloneOnInterrupt) {
  squeue("RUNNING|n1|None");
  pause_.patience = 0;
  EXPECT_EQ(run().code, run::ExitCode::interrupted);
  EXPECT_NE(console_.complained.find("next: chainer-submit follow " + (folder_ / "r") +
                                     "   or   scancel 7\n"),
            std::string::npos);
  for (const auto& call : processes_.calls) EXPECT_EQ(call[0], "squeue");
}

TEST_F(Follow, TriesAgainWhileSlurmDoesNotAnswer) {
  processes_.answers = {{1, "", "slurm_load_jobs error: Unable to contact slurm controller\n"}};
  pause_.events = {[] {}, [] {}, [] {}, [&] { squeue("COMPLETED|n1|None"); },
                   [&] { record("start 1 n1\nrank 3 0 0\nend 4 0\n"); }};
  EXPECT_EQ(run().code, run::ExitCode::done);
  EXPECT_EQ(console_.complained.substr(0, console_.complained.find('\n')),
            "chainer-submit: Slurm does not answer, trying on: slurm_load_jobs error: Unable to "
            "contact slurm controller");
}

TEST_F(Follow, StopsWaitingForAJobThatWillNotStart) {
  squeue("PENDING||PartitionConfig");
  EXPECT_EQ(run().sentence,
            "failed: job 7 is stuck in the queue: it asks for more than the partition has: it will "
            "not start "
            "(PartitionConfig); scancel 7 takes it out of the queue");
}

constexpr const char* all_well =
    "start 1 n1\nprepared 2 0\nrun 2 2\nrank 3 0 0\nrank 3 1 0\nend 4 0\n";

/// A script that saves its work on SIGTERM ends with 0, and is cut short all the same.
TEST_F(Follow, BelievesSlurmsStateMoreThanTheScript) {
  for (const auto& [state, words] :
       {std::pair{"REVOKED", "was taken away by its cluster"},
        {"CANCELLED", "was cancelled"},
        {"NODE_FAIL", "lost a node"},
        {"PREEMPTED", "was ended for a job of higher priority"},
        {"OUT_OF_MEMORY", "ran out of memory: slurm.mem asks for more"},
        {"DEADLINE", "could not end before its deadline"}}) {
    squeue(std::string(state) + "|n1|None");
    record(all_well);
    const auto ending = run();
    EXPECT_EQ(ending.code, run::ExitCode::run_failed) << state;
    EXPECT_EQ(ending.sentence, "failed: job 7 " + std::string(words) + where());
  }
}

TEST_F(Follow, WaitsForSlurmsStateWhileTheJobIsStillEnding) {
  squeue("RUNNING|n1|None");
  record(all_well);
  pause_.events = {[] {}, [&] { squeue("COMPLETING|n1|None"); }, [] {}, [] {},
                   [&] { squeue("TIMEOUT|n1|TimeLimit"); }};
  EXPECT_EQ(run().sentence.substr(0, 29), "failed: job 7 ran out of time");
}

TEST_F(Follow, IsDoneOnlyWhenEveryRankSaidZero) {
  squeue("COMPLETED|n1|None");
  record("start 1 n1\nprepared 2 0\nrun 2 2\nrank 3 0 0\nend 4 0\n");
  EXPECT_EQ(run().sentence,
            "failed: job 7 ended with exit code 0, but 1 of 2 ranks said how they ended" + where());
  record("start 1 n1\nprepared 2 0\nrun 2 2\nend 4 0\n");
  EXPECT_EQ(run().sentence,
            "failed: job 7 ended with exit code 0, but 0 of 2 ranks said how they ended" + where());
  squeue_forgets();
  record("start 1 n1\nprepared 2 0\nrun 2 1\nsignal 3 TERM\nrank 3 0 0\nend 4 0\n");
  EXPECT_EQ(run().sentence, "failed: job 7 was ended by a signal" + where());
}

TEST_F(Follow, StaysWithAJobThatIsQueuedAgain) {
  squeue("RUNNING|n1|None");
  record("start 1 n1\nprepared 2 0\nrun 2 1\nsignal 3 TERM\nrank 3 0 143\nend 4 143\n");
  pause_.events = {[&] { squeue("NODE_FAIL|n1|None"); },
                   [&] { squeue("PENDING||BeginTime"); },
                   [] {},
                   [] {},
                   [] {},
                   [] {},
                   [&] { squeue("RUNNING|n2|None"); },
                   [] {},
                   [] {},
                   [&] { folder_.write("r/attempts/7.1/record", all_well); },
                   [] {},
                   [&] { squeue("COMPLETED|n2|None"); }};
  EXPECT_EQ(run().sentence, "done: 2 ranks on n1, 3 s") << console_.complained;
  EXPECT_NE(console_.complained.find(
                "chainer-submit: queued again: its begin time is not reached (BeginTime)\n"),
            std::string::npos)
      << console_.complained;
}

TEST_F(Follow, SaysWithinSecondsThatSlurmIsSilentAndShowsTheOutputMeanwhile) {
  processes_.answers = {{hangs, "", ""}};
  record("start 1 n1\nprepared 2 0\nrun 2 2\n");
  pause_.events = {[&] { log("epoch 1\n"); }};
  pause_.patience = 6;
  run();
  EXPECT_EQ(console_.written, "epoch 1\n");
  EXPECT_NE(console_.complained.find("Slurm has not answered for 3 s"), std::string::npos);
}

TEST_F(Follow, SaysOfAJobThatCouldNotStartWhatSlurmSays) {
  squeue("FAILED|n1|RaisedSignal:53(Real-time_signal_19)");
  EXPECT_EQ(run().sentence, "failed: job 7 could not start its script: Slurm says FAILED");
}

TEST_F(Follow, ShowsEveryElementOfAnArrayAndFailsWhenOneDoes) {
  array_ = "1,2";
  processes_.answers = {
      {0, "8|1|COMPLETED|n1|None\n9|2|FAILED|n1|NonZeroExitCode\n7|3|PENDING||Priority\n", ""}};
  folder_.write("r/attempts/8.0/record", all_well);
  folder_.write("r/logs/8.out", "of one\n");
  folder_.write("r/attempts/9.0/record",
                "start 1 n1\nprepared 2 0\nrun 2 1\nrank 3 0 3\nfirst_failure 3 0 3 n1\nend 4 3\n");
  folder_.write("r/logs/9.out", "of two");
  pause_.events = {
      [] {}, [] {}, [] {},
      [&] {
        record(all_well);
        processes_.answers = {
            {0, "8|1|COMPLETED|n1|None\n9|2|FAILED|n1|NonZeroExitCode\n7|3|COMPLETED|n1|None\n",
             ""}};
      }};
  const auto ending = run();
  EXPECT_EQ(ending.code, run::ExitCode::run_failed);
  EXPECT_EQ(
      ending.sentence,
      "failed: 1 of 3 elements of the array, 2: rank 0 on n1 failed first, with exit code 3; log " +
          (folder_ / "r/logs/9.out"));
  EXPECT_EQ(console_.written, "[1] of one\n[2] of two\n");
}

/// While elements of an array wait they go by the array's number, which the last one keeps.
TEST_F(Follow, ShowsUnderAnElementThatWaitsNothingOfTheOneThatHasItsNumber) {
  array_ = "1,2";
  processes_.answers = {{0, "7|1|PENDING||Priority\n7|2|PENDING||Priority\n", ""}};
  pause_.events = {
      [&] {
        folder_.write("r/attempts/8.0/record", all_well);
        folder_.write("r/logs/8.out", "of one\n");
        record(all_well);
        log("of two\n");
      },
      [] {}, [] {},
      [&] {
        processes_.answers = {{0, "8|1|COMPLETED|n1|None\n7|2|COMPLETED|n1|None\n", ""}};
      }};
  EXPECT_EQ(run().sentence, "done: 2 elements of the array");
  EXPECT_EQ(console_.written, "[1] of one\n[2] of two\n");
}

/// Slurm keeps nothing of it then, not even in its accounts.
TEST_F(Follow, SaysOfAnElementThatWasCancelledInTheQueueThatItWasTakenOut) {
  array_ = "1,2";
  processes_.answers = {
      {0, "8|1|COMPLETED|n1|None\n7|2|PENDING||Priority\n7|3|PENDING||Priority\n", ""}};
  folder_.write("r/attempts/8.0/record", all_well);
  pause_.events = {[&] {
    processes_.answers = {{0, "8|1|COMPLETED|n1|None\n7|3|COMPLETED|n1|None\n", ""}};
    record(all_well);
  }};
  EXPECT_EQ(run().sentence,
            "failed: 1 of 3 elements of the array, 2: it was taken out of the queue");
}

TEST_F(Follow, NamesManyElementsThatFailInRangesAndInTheirOrder) {
  array_ = "1,2";
  std::string said;
  for (const auto* element : {"12", "9", "4", "3", "2", "1", "0"}) {
    const auto job = "1" + std::string(element);
    said += job + "|" + element + "|FAILED|n1|NonZeroExitCode\n";
    folder_.write("r/attempts/" + job + ".0/record",
                  "start 1 n1\nprepared 2 0\nrun 2 1\nrank 3 0 3\nend 4 3\n");
  }
  processes_.answers = {{0, said, ""}};
  EXPECT_EQ(
      run().sentence,
      "failed: 7 of 7 elements of the array, 0-4, 9, 12: job 10 ended with exit code 3; log " +
          (folder_ / "r/logs/10.out"));
}

TEST_F(Follow, NamesTheElementsOfAnArrayThatSlurmHasForgotten) {
  array_ = "0,1";
  squeue_forgets();
  folder_.write("r/attempts/8.0/record", std::string(all_well) + "element 1 0\n");
  folder_.write("r/logs/8.out", "of none\n");
  record(std::string(all_well) + "element 1 1\n");
  log("of one\n");
  EXPECT_EQ(run().sentence, "done: 2 elements of the array");
  EXPECT_NE(console_.written.find("[0] of none\n"), std::string::npos) << console_.written;
  EXPECT_NE(console_.written.find("[1] of one\n"), std::string::npos) << console_.written;
}

/// As when it was cancelled in the queue.
TEST_F(Follow, CountsTheElementsOfAForgottenArrayThatNeverStarted) {
  array_ = "0-6:2%2";
  squeue_forgets();
  folder_.write("r/attempts/8.0/record", std::string(all_well) + "element 1 0\n");
  folder_.write("r/attempts/9.0/record", std::string(all_well) + "element 1 4\n");
  record(std::string(all_well) + "element 1 6\n");
  EXPECT_EQ(run().sentence,
            "failed: 1 of 4 elements of the array, 2: it was taken out of the queue");
}

TEST_F(Follow, FindsAnElementThatStartedAndWasForgottenBetweenTwoAnswers) {
  array_ = "1,2";
  processes_.answers = {{0, "7|1|PENDING||Priority\n7|2|PENDING||Priority\n", ""}};
  pause_.events = {[&] {
    squeue_forgets();
    folder_.write("r/attempts/8.0/record", std::string(all_well) + "element 1 1\n");
    folder_.write("r/logs/8.out", "of one\n");
    record(std::string(all_well) + "element 1 2\n");
    log("of two\n");
  }};
  EXPECT_EQ(run().sentence, "done: 2 elements of the array");
  EXPECT_EQ(console_.written, "[1] of one\n[2] of two\n");
}

TEST_F(Follow, TakesTheNewestAttempt) {
  squeue("COMPLETED|n1|None");
  folder_.write("r/attempts/7.9/record", "start 1 n1\nend 2 1\n");
  folder_.write("r/attempts/7.10/record", "start 3 n1\nrank 4 0 0\nend 5 0\n");
  folder_.write("r/attempts/77.20/record", "start 3 n1\nend 5 1\n");
  EXPECT_EQ(run().code, run::ExitCode::done);
}

}  // namespace
}  // namespace chainer::follower_test
