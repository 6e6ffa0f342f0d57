#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "fakes.hpp"
#include "submit/cli/commands.hpp"
#include "submit/run/run_folder.hpp"
#include "submit/run/submission_record.hpp"
#include "temporary_folder.hpp"

namespace chainer::run_commands_test {
namespace {

class RunCommands : public testing::Test {
 protected:
  RunCommands() {
    site_ =
        folder_.write("site.toml", "runs = \"" + (folder_ / "runs") +
                                       "\"\n[node_types.n]\ncpus = 4\nmemory = \"4g\"\ngpus = 2\n"
                                       "gpu_type = \"a100\"\n[compute_targets.c]\n"
                                       "node_type = \"n\"\npartition = \"p\"\n");
    const run::RunFolder run(folder_ / "runs/ada/r");
    folder_.write("runs/ada/r/job.sbatch", "#!/bin/bash\n");
    EXPECT_TRUE(run::write_submission(run, {run::SubmissionState::submitted, "12", 0, "", {}, ""}));
    std::filesystem::permissions(folder_ / "runs/ada", std::filesystem::perms::owner_all);
  }

  run::ExitCode run(cli::Command command, cli::Format format, const std::string& name = "r") {
    cli::CommandLine line;
    line.command = command;
    line.site_file = site_;
    line.run = name;
    line.format = format;
    return cli::run_command(line, {folder_.path(), "ada", ""}, {processes_, pause_, 0}, console_);
  }

  run::ExitCode list(cli::Format format, std::optional<std::size_t> most = {}) {
    cli::CommandLine line;
    line.command = cli::Command::list;
    line.site_file = site_;
    line.most_runs = most;
    line.format = format;
    return cli::run_command(line, {folder_.path(), "ada", ""}, {processes_, pause_, 0}, console_);
  }

  run::ExitCode output_of_rank(int rank) {
    cli::CommandLine line;
    line.command = cli::Command::logs;
    line.site_file = site_;
    line.run = "r";
    line.rank = rank;
    return cli::run_command(line, {folder_.path(), "ada", ""}, {processes_, pause_, 0}, console_);
  }

  TemporaryFolder folder_;
  std::string site_;
  FakeProcesses processes_;
  FakePause pause_;
  FakeConsole console_;
};

TEST_F(RunCommands, CancelTheJobOfARun) {
  processes_.answers = {{0, (folder_ / "runs/ada/r") + "\n", ""}, {0, "", ""}};
  EXPECT_EQ(run(cli::Command::cancel, cli::Format::text), run::ExitCode::done)
      << console_.complained;
  EXPECT_EQ(processes_.calls.back(), (std::vector<std::string>{"scancel", "12"}));
  EXPECT_EQ(console_.written, "r: job 12 was asked to end\n");
}

TEST_F(RunCommands, SayThatAJobWasOverBeforeItWasCancelled) {
  for (const run::Finished& answer :
       {run::Finished{0, "", ""},
        run::Finished{1, "", "slurm_load_jobs error: Invalid job id specified\n"}}) {
    console_.written.clear();
    processes_.answers = {answer};
    EXPECT_EQ(run(cli::Command::cancel, cli::Format::text), run::ExitCode::done);
    EXPECT_EQ(processes_.calls.back()[0], "squeue");
    EXPECT_EQ(console_.written, "r: job 12 is over already\n");
  }
}

TEST_F(RunCommands, CancelNoJobThatWorksInAnotherFolder) {
  const auto other = folder_ / "\x1b[2Jother";
  std::filesystem::create_directory(other);
  processes_.answers = {{0, other + "\n", ""}};
  EXPECT_EQ(run(cli::Command::cancel, cli::Format::text), run::ExitCode::wrong_usage);
  EXPECT_EQ(processes_.calls.back()[0], "squeue");
  EXPECT_EQ(console_.complained, "chainer-submit: job 12 is not of this run: it works in " +
                                     (folder_ / "\\x1b[2Jother") +
                                     "\n"
                                     "next: scancel 12 ends it all the same\n");
}

TEST_F(RunCommands, CancelAJobWhoseFolderHasTwoNames) {
  std::filesystem::create_directory_symlink(folder_ / "runs", folder_ / "link");
  processes_.answers = {{0, (folder_ / "link/ada/r") + "\n", ""}, {0, "", ""}};
  EXPECT_EQ(run(cli::Command::cancel, cli::Format::text), run::ExitCode::done)
      << console_.complained;
  EXPECT_EQ(processes_.calls.back(), (std::vector<std::string>{"scancel", "12"}));
}

TEST_F(RunCommands, FindARunOnADataStore) {
  const auto store = folder_ / "store";
  folder_.write("store/ada/elsewhere/job.sbatch", "#!/bin/bash\n");
  std::filesystem::permissions(store + "/ada", std::filesystem::perms::owner_all);
  folder_.write("site.toml", contents(site_) + "[data_stores.s]\npath = \"" + store + "\"\n");
  EXPECT_TRUE(run::write_submission(run::RunFolder(store + "/ada/elsewhere"),
                                    {run::SubmissionState::submitted, "13", 0, "", {}, ""}));
  processes_.answers = {{0, store + "/ada/elsewhere\n", ""}, {0, "", ""}};
  EXPECT_EQ(run(cli::Command::cancel, cli::Format::text, "elsewhere"), run::ExitCode::done)
      << console_.complained;
  EXPECT_EQ(processes_.calls.back(), (std::vector<std::string>{"scancel", "13"}));
}

TEST_F(RunCommands, SayThatAJobCannotBeCancelled) {
  processes_.answers = {{0, (folder_ / "runs/ada/r") + "\n", ""},
                        {1, "", "scancel: error: no controller\nmore\n"}};
  EXPECT_EQ(run(cli::Command::cancel, cli::Format::json), run::ExitCode::try_again);
  EXPECT_EQ(console_.complained,
            "chainer-submit: cannot cancel job 12: scancel: error: no controller\n"
            "next: try again when Slurm answers\n");
  EXPECT_EQ(nlohmann::json::parse(console_.written)["exit_code"], 4);
}

TEST_F(RunCommands, ShowARunWithTheLastOfItsMetrics) {
  folder_.write("runs/ada/r/metrics.jsonl",
                "{\"name\":\"loss\",\"kind\":\"scalar\",\"value\":2}\n"
                "{\"name\":\"loss\",\"kind\":\"scalar\",\"value\":1}\n"
                "{\"name\":\"a\\u001b[2J\",\"kind\":\"scalar\",\"value\":\"x\"}\n");
  processes_.answers = {{0, "12|N/A|PENDING||Resources\n", ""}};
  EXPECT_EQ(run(cli::Command::status, cli::Format::text), run::ExitCode::done)
      << console_.complained;
  EXPECT_EQ(console_.written, "run     r\nfolder  " + (folder_ / "runs/ada/r") +
                                  "\njob     12\n"
                                  "status  queued: waiting for nodes to become free\n"
                                  "metric  loss      1  (the last of 2)\n"
                                  "metric  a\\x1b[2J  \"x\"\n");
}

TEST_F(RunCommands, ShowARunAsOneDocument) {
  folder_.write("runs/ada/r/metrics.jsonl",
                "{\"name\":\"loss\",\"kind\":\"scalar\",\"value\":1}\n"
                "{\"name\":\"k\",\"kind\":\"tag\",\"value\":\"v\"}\n");
  processes_.answers = {{0, "12|N/A|PENDING||Resources\n", ""}};
  EXPECT_EQ(run(cli::Command::status, cli::Format::json), run::ExitCode::done);
  const auto answer = nlohmann::json::parse(console_.written);
  EXPECT_EQ(answer["phase"], "queued");
  EXPECT_EQ(answer["job"], "12");
  EXPECT_EQ(answer["metrics"], (nlohmann::json{{"loss", 1}}));
  EXPECT_EQ(answer["tags"], (nlohmann::json{{"k", "v"}}));
  EXPECT_EQ(console_.complained, "");
}

TEST_F(RunCommands, KnowNoOtherRun) {
  EXPECT_EQ(run(cli::Command::status, cli::Format::text, "q"), run::ExitCode::wrong_usage);
  EXPECT_EQ(console_.complained, "chainer-submit: there is no run at " + (folder_ / "runs/ada/q") +
                                     "\nnext: your newest runs are r\n");
}

TEST_F(RunCommands, ListRunsTheNewestFirst) {
  const auto add = [&](const std::string& name, const char* job, int minutes_ago) {
    const auto script = folder_.write("runs/ada/" + name + "/job.sbatch", "#!/bin/bash\n");
    EXPECT_TRUE(run::write_submission(run::RunFolder(folder_ / ("runs/ada/" + name)),
                                      {run::SubmissionState::submitted, job, 0, "", {}, ""}));
    std::filesystem::last_write_time(
        script, std::filesystem::file_time_type::clock::now() - std::chrono::minutes(minutes_ago));
  };
  add("older", "7", 60);
  add("oldest", "6", 90);
  folder_.write("runs/ada/objects/x", "");
  folder_.write("runs/ada/by-hand/job.sbatch", "#!/bin/bash\n");
  std::filesystem::last_write_time(
      folder_ / "runs/ada/by-hand/job.sbatch",
      std::filesystem::file_time_type::clock::now() - std::chrono::minutes(30));
  // Of r, of by-hand's folder, of older.
  processes_.answers = {
      {0, "12|N/A|PENDING||Resources\n", ""}, {0, "", ""}, {0, "7|N/A|PENDING||Priority\n", ""}};
  EXPECT_EQ(list(cli::Format::text, 3), run::ExitCode::done) << console_.complained;
  EXPECT_EQ(console_.written,
            "r        12  queued: waiting for nodes to become free\n"
            "by-hand   -  unknown: by-hand was made by render, and no job of it is known\n"
            "older     7  queued: jobs of higher priority go first\n");
  EXPECT_EQ(console_.complained, "");
}

TEST_F(RunCommands, ListSaysThatThereAreMoreRunsToOneWhoDidNotSayHowMany) {
  for (int number = 1; number <= 10; ++number)
    folder_.write("runs/ada/s" + std::to_string(number) + "/job.sbatch", "#!/bin/bash\n");
  processes_.answers = {{1, "", "slurm_load_jobs error: no controller\n"}};
  list(cli::Format::json);
  EXPECT_EQ(nlohmann::json::parse(console_.written).size(), 10u);
  EXPECT_EQ(console_.complained, "chainer-submit: the newest 10 of 11: --newest N shows more\n");
}

TEST_F(RunCommands, ListRunsAsOneDocument) {
  processes_.answers = {{0, "12|N/A|RUNNING|n1|None\n", ""}};
  EXPECT_EQ(list(cli::Format::json, 3), run::ExitCode::done);
  const auto answer = nlohmann::json::parse(console_.written);
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer[0]["run"], "r");
  EXPECT_EQ(answer[0]["job"], "12");
  EXPECT_EQ(answer[0]["phase"], "starting");
  EXPECT_EQ(answer[0]["sentence"], "on n1");
}

TEST_F(RunCommands, AskASilentSlurmOnceForAListOfRuns) {
  folder_.write("runs/ada/s/job.sbatch", "#!/bin/bash\n");
  EXPECT_TRUE(run::write_submission(run::RunFolder(folder_ / "runs/ada/s"),
                                    {run::SubmissionState::submitted, "13", 0, "", {}, ""}));
  processes_.answers = {{1, "", "slurm_load_jobs error: no controller\n"}};
  EXPECT_EQ(list(cli::Format::json, 3), run::ExitCode::try_again);
  const auto answer = nlohmann::json::parse(console_.written);
  ASSERT_EQ(answer.size(), 2u);
  for (const auto& run : answer) {
    EXPECT_EQ(run["phase"], "unknown");
    EXPECT_EQ(run["sentence"], "Slurm does not answer: slurm_load_jobs error: no controller");
  }
  EXPECT_EQ(processes_.calls.size(), 1u);
}

TEST_F(RunCommands, ListNoRunsWhereThereAreNone) {
  std::filesystem::remove_all(folder_ / "runs/ada/r");
  EXPECT_EQ(list(cli::Format::json, 3), run::ExitCode::done);
  EXPECT_EQ(nlohmann::json::parse(console_.written), nlohmann::json::array());
  EXPECT_EQ(console_.complained, "chainer-submit: you have no runs here yet\n");
}

TEST_F(RunCommands, ShowWhatARunHasWritten) {
  EXPECT_EQ(run(cli::Command::logs, cli::Format::text), run::ExitCode::done);
  EXPECT_EQ(console_.written, "");
  EXPECT_EQ(
      console_.complained,
      "chainer-submit: r has written nothing yet; chainer-submit status r says what it does\n");
  const std::string long_text(3 << 20, 'x');
  const auto log = folder_.write("runs/ada/r/logs/12.out", long_text + "\nlast\n");
  folder_.write("runs/ada/r/logs/11.out", "of an earlier job\n");
  EXPECT_EQ(run(cli::Command::logs, cli::Format::text), run::ExitCode::done);
  EXPECT_EQ(console_.written, long_text + "\nlast\n");
  console_.written.clear();
  EXPECT_EQ(run(cli::Command::logs, cli::Format::json), run::ExitCode::done);
  EXPECT_EQ(nlohmann::json::parse(console_.written)["files"], nlohmann::json::array({log}));
  EXPECT_TRUE(processes_.calls.empty());
}

TEST_F(RunCommands, ShowWhatOneRankHasWritten) {
  folder_.write("runs/ada/r/attempts/12.0/ranks/1.log", "before\n");
  folder_.write("runs/ada/r/attempts/12.1/ranks/1.log", "of rank 1\n");
  EXPECT_EQ(output_of_rank(1), run::ExitCode::done);
  EXPECT_EQ(console_.written, "of rank 1\n");
  EXPECT_EQ(output_of_rank(2), run::ExitCode::done);
  EXPECT_EQ(
      console_.complained,
      "chainer-submit: rank 2 of r has written nothing yet; chainer-submit status r says what "
      "it does\n");
}

TEST_F(RunCommands, SayThatARunHasNoSuchRank) {
  folder_.write("runs/ada/r/attempts/12.0/record", "start 1 n1\nprepared 2 0\nrun 2 2\n");
  EXPECT_EQ(output_of_rank(1), run::ExitCode::done);
  console_.complained.clear();
  EXPECT_EQ(output_of_rank(2), run::ExitCode::wrong_usage);
  EXPECT_EQ(console_.complained, "chainer-submit: r has no rank 2\nnext: its ranks are 0 to 1\n");
}

TEST_F(RunCommands, ShowWhatEachElementOfAnArrayHasWritten) {
  folder_.write("runs/ada/r/job.sbatch", "#!/bin/bash\n#SBATCH --array=0-1\n");
  const auto second = folder_.write("runs/ada/r/logs/12.out", "b\n");
  const auto first = folder_.write("runs/ada/r/logs/9.out", "a\n");
  folder_.write("runs/ada/r/logs/12.preparation.log", "p\n");
  EXPECT_EQ(run(cli::Command::logs, cli::Format::text), run::ExitCode::done);
  EXPECT_EQ(console_.written, "==> " + first + " <==\na\n==> " + second + " <==\nb\n");

  // What an element has noted names it. The last one has the array's number, the smallest.
  folder_.write("runs/ada/r/attempts/9.0/record", "start 1 n1\nelement 1 1\n");
  folder_.write("runs/ada/r/attempts/12.0/record", "start 1 n1\nelement 1 0\n");
  console_.written.clear();
  EXPECT_EQ(run(cli::Command::logs, cli::Format::text), run::ExitCode::done);
  EXPECT_EQ(console_.written, "==> [0] " + second + " <==\nb\n==> [1] " + first + " <==\na\n");
}

TEST_F(RunCommands, ListTheTargetsOfTheSite) {
  EXPECT_EQ(run(cli::Command::targets, cli::Format::text), run::ExitCode::done);
  EXPECT_EQ(console_.written, "c  a node has 4 CPUs, 4g of memory, 2 GPUs a100; partition p\n");
  console_.written.clear();
  EXPECT_EQ(run(cli::Command::targets, cli::Format::json), run::ExitCode::done);
  EXPECT_EQ(nlohmann::json::parse(console_.written)[0]["memory_bytes"], std::uint64_t{4} << 30);
}

}  // namespace
}  // namespace chainer::run_commands_test
