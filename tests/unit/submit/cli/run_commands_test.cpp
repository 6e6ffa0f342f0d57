#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "fakes.hpp"
#include "submit/cli/commands.hpp"
#include "submit/run/run_folder.hpp"
#include "submit/run/submission_record.hpp"
#include "temporary_folder.hpp"

namespace chainer {
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

  TemporaryFolder folder_;
  std::string site_;
  FakeProcesses processes_;
  FakePause pause_;
  FakeConsole console_;
};

TEST_F(RunCommands, CancelTheJobOfARun) {
  processes_.answers = {{0, "", ""}};
  EXPECT_EQ(run(cli::Command::cancel, cli::Format::text), run::ExitCode::done)
      << console_.complained;
  EXPECT_EQ(processes_.calls.back(), (std::vector<std::string>{"scancel", "12"}));
  EXPECT_EQ(console_.written, "r: job 12 was asked to end\n");
}

TEST_F(RunCommands, FindARunOnADataStore) {
  const auto store = folder_ / "store";
  folder_.write("store/ada/elsewhere/job.sbatch", "#!/bin/bash\n");
  std::filesystem::permissions(store + "/ada", std::filesystem::perms::owner_all);
  folder_.write("site.toml", contents(site_) + "[data_stores.s]\npath = \"" + store + "\"\n");
  EXPECT_TRUE(run::write_submission(run::RunFolder(store + "/ada/elsewhere"),
                                    {run::SubmissionState::submitted, "13", 0, "", {}, ""}));
  processes_.answers = {{0, "", ""}};
  EXPECT_EQ(run(cli::Command::cancel, cli::Format::text, "elsewhere"), run::ExitCode::done)
      << console_.complained;
  EXPECT_EQ(processes_.calls.back(), (std::vector<std::string>{"scancel", "13"}));
}

TEST_F(RunCommands, SayThatAJobCannotBeCancelled) {
  processes_.answers = {{1, "", "scancel: error: no controller\nmore\n"}};
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

TEST_F(RunCommands, ListTheTargetsOfTheSite) {
  EXPECT_EQ(run(cli::Command::targets, cli::Format::text), run::ExitCode::done);
  EXPECT_EQ(console_.written, "c  a node has 4 CPUs, 4g of memory, 2 GPUs a100; partition p\n");
  console_.written.clear();
  EXPECT_EQ(run(cli::Command::targets, cli::Format::json), run::ExitCode::done);
  EXPECT_EQ(nlohmann::json::parse(console_.written)[0]["memory_bytes"], std::uint64_t{4} << 30);
}

}  // namespace
}  // namespace chainer
