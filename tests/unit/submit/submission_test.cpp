#include "submit/submission.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "fakes.hpp"
#include "submit/commands.hpp"
#include "submit/inspection.hpp"
#include "temporary_folder.hpp"

namespace chainer {
namespace {

constexpr const char* digest =
    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
constexpr std::time_t now = 1'700'000'000;

class Submit : public testing::Test {
 protected:
  Submit() {
    site_ = folder_.write("site/site.toml",
                          "runs = \"" + (folder_ / "runs") +
                              "\"\n[images]\ncpu = \"docker://h.org/i:1\"\n[node_types.n]\ncpus = "
                              "4\nmemory = \"4g\"\n"
                              "[compute_targets.c]\nnode_type = \"n\"\n");
    folder_.write("site/recipes/7.8.1.toml",
                  "pip = [\"chainer==7.8.1\"]\nbuild_constraints = [\"setuptools<70\"]\n");
    std::filesystem::create_directory(folder_ / "runs");
    folder_.write("project/train.py", "print()\n");
    folder_.write("project/lib/a.py", "");
    file_ = folder_.write("project/train.toml", estimator);
  }

  ExitCode run(std::vector<std::string> more = {}) {
    CommandLine line;
    line.file = file_;
    line.site_file = site_;
    line.overrides = std::move(more);
    return run_command(line, {folder_.path(), "ada", ""}, {processes_, pause_, now}, console_);
  }

  std::vector<std::string> runs() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "runs/ada")) {
      if (entry.path().filename() != "objects") names.push_back(entry.path().string());
    }
    return names;
  }

  static constexpr const char* estimator =
      "entry_script = \"train.py\"\ncompute_target = \"c\"\nframework_version = "
      "\"7.8.1\"\n[run]\nname = \"r\"\n";
  TemporaryFolder folder_;
  std::string site_, file_;
  FakeProcesses processes_;
  FakePause pause_;
  FakeConsole console_;
};

TEST_F(Submit, MakesTheRunFolderAndAsksSbatch) {
  processes_.answers = {{0, std::string(digest) + "\n", ""}, {0, "12\n", ""}};
  ASSERT_EQ(run(), ExitCode::done) << console_.complained;
  ASSERT_EQ(runs().size(), 1u);
  const auto run_folder = runs()[0];
  EXPECT_EQ(contents(run_folder + "/estimator.toml"), estimator);
  EXPECT_EQ(contents(run_folder + "/source/train.py"), "print()\n");
  EXPECT_EQ(contents(run_folder + "/environment/requirements.txt"),
            "# framework_version 7.8.1\nchainer==7.8.1\n");
  EXPECT_EQ(contents(run_folder + "/environment/requirements.txt.build-constraints.txt"),
            "setuptools<70\n");
  EXPECT_NE(contents(run_folder + "/plan.json").find(digest), std::string::npos);
  EXPECT_NE(contents(run_folder + "/job.sbatch")
                .find("image='docker://h.org/i:1@" + std::string(digest) + "'"),
            std::string::npos);
  EXPECT_TRUE(std::filesystem::is_directory(run_folder + "/logs"));
  EXPECT_EQ(processes_.calls.back(),
            (std::vector<std::string>{"sbatch", "--parsable", run_folder + "/job.sbatch"}));
  const auto loaded = load_submission(run_folder);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->job, "12");
}

class Render : public Submit {
 protected:
  ExitCode render(const std::string& output) {
    CommandLine line;
    line.command = Command::render;
    line.file = file_;
    line.site_file = site_;
    line.output = output;
    return run_command(line, {folder_.path(), "ada", ""}, {processes_, pause_, now}, console_);
  }
};

TEST_F(Render, ShowsAScriptThatSaysWhatItLacks) {
  ASSERT_EQ(render(""), ExitCode::done) << console_.complained;
  EXPECT_TRUE(console_.written.starts_with("#!/bin/bash\n# This script is shown only: "))
      << console_.written;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs/ada"));
}

TEST_F(Render, MakesAWholeRunButForItsJobAndAsksNobody) {
  ASSERT_EQ(render("by hand/"), ExitCode::done) << console_.complained;
  const auto made = folder_ / "by hand";
  EXPECT_EQ(console_.written, "folder  " + made + "\nnext    sbatch " + made + "/job.sbatch\n");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(made))
    names.push_back(entry.path().filename());
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"attempts", "environment", "estimator.toml",
                                             "job.sbatch", "logs", "plan.json", "source"}));
  EXPECT_EQ(contents(made + "/source/train.py"), "print()\n");
  const auto script = contents(made + "/job.sbatch");
  EXPECT_NE(script.find("\nrun_dir='" + made + "'\n"), std::string::npos);
  EXPECT_EQ(script.find("shown only"), std::string::npos);
  EXPECT_TRUE(processes_.calls.empty());
}

TEST_F(Render, MakesNoFolderWhereSomethingIs) {
  EXPECT_EQ(render("project"), ExitCode::wrong_usage);
  EXPECT_EQ(console_.complained,
            "chainer-submit: cannot make the folder " + (folder_ / "project") +
                ": File exists\nnext: name a new folder, where you may make one\n");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "project/train.py"));
  EXPECT_EQ(render("a\nb"), ExitCode::wrong_usage);
}

TEST_F(Render, MakesNoFolderThatTheNextRunWouldCopy) {
  EXPECT_EQ(render("project/lib/../run"), ExitCode::wrong_usage);
  EXPECT_EQ(console_.complained,
            "chainer-submit: " + (folder_ / "project/run") +
                " lies in the source directory\nnext: name a folder outside of it: every run "
                "copies all of it\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "project/run"));
}

TEST_F(Submit, TakesNoSiteFileThatOthersCanWrite) {
  std::filesystem::permissions(site_, std::filesystem::perms{0666});
  EXPECT_EQ(run(), ExitCode::wrong_input);
  EXPECT_TRUE(processes_.calls.empty());
  EXPECT_TRUE(inspect_site(site_, folder_.path()).site);

  std::filesystem::permissions(site_, std::filesystem::perms{0644});
  EXPECT_TRUE(inspect_site(site_, folder_.path()).findings.empty());
}

TEST_F(Submit, AsksNobodyWhenCheckFindsSomething) {
  EXPECT_EQ(run({"node_count=0"}), ExitCode::wrong_input);
  EXPECT_TRUE(processes_.calls.empty());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs/ada"));
}

TEST_F(Submit, DoesNotAskSbatchWhenTheImageIsNotThere) {
  processes_.answers = {{3, "", ""}};
  EXPECT_EQ(run(), ExitCode::wrong_input);
  EXPECT_EQ(processes_.calls.size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs/ada"));
}

TEST_F(Submit, LeavesNothingWhenSbatchRefuses) {
  processes_.answers = {{0, std::string(digest) + "\n", ""},
                        {1, "", "sbatch: error: invalid partition\n"}};
  EXPECT_EQ(run(), ExitCode::try_again);
  EXPECT_EQ(console_.complained,
            "chainer-submit: sbatch refused the job: sbatch: error: invalid partition\n");
  EXPECT_TRUE(runs().empty());
}

TEST_F(Submit, TakesOverridingVariablesAwayFromSbatch) {
  ::setenv("SBATCH_PARTITION", "other", 1);
  ::setenv("SLURM_NTASKS", "9", 1);
  ::setenv("SLURM_CONF", "/etc/slurm.conf", 1);
  processes_.answers = {{0, std::string(digest) + "\n", ""}, {0, "12\n", ""}};
  run();
  ::unsetenv("SBATCH_PARTITION");
  ::unsetenv("SLURM_NTASKS");
  ::unsetenv("SLURM_CONF");
  std::vector<std::string> slurm;
  for (const auto& variable : processes_.environments.back()) {
    if (variable.starts_with("SBATCH_") || variable.starts_with("SLURM_"))
      slurm.push_back(variable);
  }
  EXPECT_EQ(slurm, std::vector<std::string>{"SLURM_CONF=/etc/slurm.conf"});
}

TEST_F(Submit, CopiesAnUnchangedFileOnce) {
  processes_.answers = {{0, std::string(digest) + "\n", ""},
                        {0, "12\n", ""},
                        {0, std::string(digest) + "\n", ""},
                        {0, "13\n", ""}};
  run();
  run();
  ASSERT_EQ(runs().size(), 2u);
  struct stat first {
  }, second{};
  ::stat((runs()[0] + "/source/train.py").c_str(), &first);
  ::stat((runs()[1] + "/source/train.py").c_str(), &second);
  EXPECT_EQ(first.st_ino, second.st_ino);
  EXPECT_EQ(first.st_mode & 0222, 0u) << "one run could change another's source";
}

TEST_F(Submit, GivesRunsOfTheSameSecondDifferentFolders) {
  processes_.answers = {{0, std::string(digest) + "\n", ""},
                        {0, "12\n", ""},
                        {0, std::string(digest) + "\n", ""},
                        {0, "13\n", ""}};
  run();
  EXPECT_EQ(run(), ExitCode::done);
  EXPECT_EQ(runs().size(), 2u);
}

}  // namespace
}  // namespace chainer
