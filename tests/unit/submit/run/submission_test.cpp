#include "submit/run/submission.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/sha256.hpp"
#include "fakes.hpp"
#include "submit/cli/commands.hpp"
#include "submit/plan/inspection.hpp"
#include "submit/run/job_script.hpp"
#include "submit/run/submission_record.hpp"
#include "temporary_folder.hpp"

namespace chainer::submission_test {
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
                  "pip = [\"chainer==7.8.1\"]\nbuild_constraints = [\"setuptools<70\"]\n"
                  "startup = [\"import a\"]\n");
    std::filesystem::create_directory(folder_ / "runs");
    folder_.write("project/train.py", "print()\n");
    folder_.write("project/lib/a.py", "");
    file_ = folder_.write("project/train.toml", estimator);
  }

  run::ExitCode run(std::vector<std::string> more = {}) {
    cli::CommandLine line;
    line.file = file_;
    line.site_file = site_;
    line.overrides = std::move(more);
    return cli::run_command(line, {folder_.path(), "ada", ""}, {processes_, pause_, now}, console_);
  }

  std::vector<std::string> runs() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "runs/ada")) {
      const auto name = entry.path().filename().string();
      if (name != "objects" && name[0] != '.') names.push_back(entry.path().string());
    }
    std::ranges::sort(names);
    return names;
  }

  std::string newest() const { return runs().back(); }
  std::string state() const {
    const auto text = contents(newest() + "/submission.json");
    const auto from = text.find("\"state\": \"") + 10;
    return text.substr(from, text.find('"', from) - from);
  }
  std::string loaded_job() {
    const auto loaded = run::load_submission(newest(), processes_);
    return loaded ? loaded->job : loaded.error().what;
  }
  std::vector<std::string> unsettled() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "runs/ada/.unsettled"))
      names.push_back(entry.path().filename().string());
    return names;
  }

  const run::Finished resolved = resolved_to(digest);
  static constexpr const char* estimator =
      "entry_script = \"train.py\"\ncompute_target = \"c\"\nframework_version = "
      "\"7.8.1\"\n[run]\nname = \"r\"\n";
  TemporaryFolder folder_;
  std::string site_, file_;
  FakeProcesses processes_;
  FakePause pause_;
  FakeConsole console_;
};

TEST_F(Submit, WarnsOfAnImageForOtherMachines) {
  for (const auto* line : {"", "custom_docker_image = \"h.org/i:1\"\n"}) {
    folder_.write("project/train.toml", line + std::string(estimator));
    processes_.answers = {resolved_to(digest, "linux/arm64"), {0, "12\n", ""}};
    ASSERT_EQ(run(), run::ExitCode::done) << console_.complained;
  }
  const std::string end =
      "the image docker://h.org/i:1 is for linux/arm64, and this machine is "
      "linux/amd64";
  EXPECT_NE(
      console_.complained.find("train.toml: warning: the site's image docker://h.org/i:1 is for"),
      std::string::npos)
      << console_.complained;
  EXPECT_NE(console_.complained.find("train.toml:1:23: warning: custom_docker_image: " + end),
            std::string::npos)
      << console_.complained;
}

TEST_F(Submit, WritesCondaPackagesAsAnEnvironmentFile) {
  folder_.write("project/train.toml", "conda_packages = [\"ffmpeg\"]\n" + std::string(estimator));
  processes_.answers = {resolved, {0, "12\n", ""}};
  ASSERT_EQ(run(), run::ExitCode::done) << console_.complained;
  const auto environment = runs()[0] + "/environment/";
  EXPECT_EQ(contents(environment + "environment.yml"),
            "# framework_version 7.8.1 and conda_packages\ndependencies:\n  - \"python\"\n  - "
            "\"ffmpeg\"\n  - pip:\n      - \"chainer==7.8.1\"\n");
  EXPECT_EQ(contents(environment + "environment.yml.build-constraints.txt"), "setuptools<70\n");
  EXPECT_EQ(contents(environment + "environment.yml.startup.pth"), "import a\n");
  EXPECT_FALSE(std::filesystem::exists(environment + "requirements.txt"));
}

TEST_F(Submit, MakesTheRunFolderAndAsksSbatch) {
  processes_.answers = {resolved, {0, "12\n", ""}};
  ASSERT_EQ(run(), run::ExitCode::done) << console_.complained;
  ASSERT_EQ(runs().size(), 1u);
  const auto run_folder = runs()[0];
  EXPECT_EQ(contents(run_folder + "/estimator.toml"), estimator);
  EXPECT_EQ(contents(run_folder + "/source/train.py"), "print()\n");
  EXPECT_EQ(contents(run_folder + "/environment/requirements.txt"),
            "# framework_version 7.8.1\nchainer==7.8.1\n");
  EXPECT_EQ(contents(run_folder + "/environment/requirements.txt.build-constraints.txt"),
            "setuptools<70\n");
  EXPECT_EQ(contents(run_folder + "/environment/requirements.txt.startup.pth"), "import a\n");
  EXPECT_NE(contents(run_folder + "/plan.json").find(digest), std::string::npos);
  EXPECT_NE(contents(run_folder + "/job.sbatch")
                .find("image='docker://h.org/i:1@" + std::string(digest) + "'"),
            std::string::npos);
  EXPECT_TRUE(std::filesystem::is_directory(run_folder + "/logs"));
  Sha256 sha;
  sha.update(run::job_template);
  EXPECT_NE(contents(run_folder + "/submission.json")
                .find("\"template\": {\n    \"file\": null,\n    \"digest\": \"" +
                      sha.finish().to_string() + "\""),
            std::string::npos)
      << contents(run_folder + "/submission.json");
  EXPECT_NE(contents(run_folder + "/submission.json").find("\"git\": null"), std::string::npos);
  EXPECT_EQ(processes_.calls.back(),
            (std::vector<std::string>{"sbatch", "--parsable", run_folder + "/job.sbatch"}));
  const auto loaded = run::load_submission(run_folder, processes_);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->job, "12");
}

TEST_F(Submit, RecordsTheCommitOfItsSource) {
  const std::string commit(40, 'c');
  folder_.write("project/.git/HEAD", commit + "\n");
  processes_.answers = {resolved, {0, "12\n", ""}};
  ASSERT_EQ(run(), run::ExitCode::done) << console_.complained;
  EXPECT_NE(contents(newest() + "/submission.json")
                .find("\"git\": {\n    \"commit\": \"" + commit + "\",\n    \"dirty\": null"),
            std::string::npos);
  const auto record = run::read_submission(run::RunFolder(newest()));
  ASSERT_TRUE(record && *record && (*record)->git);
  EXPECT_EQ((*record)->git->commit, commit);
}

class Render : public Submit {
 protected:
  run::ExitCode render(const std::string& output) {
    cli::CommandLine line;
    line.command = cli::Command::render;
    line.file = file_;
    line.site_file = site_;
    line.output = output;
    return cli::run_command(line, {folder_.path(), "ada", ""}, {processes_, pause_, now}, console_);
  }
};

TEST_F(Render, ShowsAScriptThatSaysWhatItLacks) {
  ASSERT_EQ(render(""), run::ExitCode::done) << console_.complained;
  EXPECT_TRUE(console_.written.starts_with("#!/bin/bash -p\n# This script is shown only: "))
      << console_.written;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs/ada"));
}

TEST_F(Render, MakesAWholeRunButForItsJobAndAsksNobody) {
  ASSERT_EQ(render("by hand/"), run::ExitCode::done) << console_.complained;
  const auto made = folder_ / "by hand";
  EXPECT_EQ(console_.written, "folder  " + made + "\nnext    sbatch '" + made + "/job.sbatch'\n");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(made))
    names.push_back(entry.path().filename());
  std::ranges::sort(names);
  EXPECT_EQ(names,
            (std::vector<std::string>{"attempts", "environment", "estimator.toml", "job.sbatch",
                                      "logs", "plan.json", "rank.py", "run.bash", "source"}));
  EXPECT_EQ(contents(made + "/source/train.py"), "print()\n");
  const auto script = contents(made + "/job.sbatch");
  EXPECT_NE(script.find("\nrun_dir='" + made + "'\n"), std::string::npos);
  EXPECT_EQ(script.find("shown only"), std::string::npos);
  EXPECT_TRUE(processes_.calls.empty());
}

TEST_F(Render, MakesNoFolderWhereSomethingIs) {
  EXPECT_EQ(render("project"), run::ExitCode::wrong_usage);
  EXPECT_EQ(console_.complained,
            "chainer-submit: cannot make the folder " + (folder_ / "project") +
                ": File exists\nnext: name a new folder, where you may make one\n");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "project/train.py"));
  EXPECT_EQ(render("a\nb"), run::ExitCode::wrong_usage);
}

TEST_F(Render, MakesNoFolderThatTheNextRunWouldCopy) {
  EXPECT_EQ(render("project/lib/../run"), run::ExitCode::wrong_usage);
  EXPECT_EQ(console_.complained,
            "chainer-submit: " + (folder_ / "project/run") +
                " lies in the source directory\nnext: name a folder outside of it: every run "
                "copies all of it\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "project/run"));
}

TEST_F(Submit, TakesNoSiteFileThatOthersCanWrite) {
  std::filesystem::permissions(site_, std::filesystem::perms{0666});
  EXPECT_EQ(run(), run::ExitCode::wrong_input);
  EXPECT_TRUE(processes_.calls.empty());
  EXPECT_TRUE(plan::inspect_site(site_, folder_.path()).site);

  std::filesystem::permissions(site_, std::filesystem::perms{0644});
  EXPECT_TRUE(plan::inspect_site(site_, folder_.path()).findings.empty());
}

TEST_F(Submit, AsksNobodyWhenCheckFindsSomething) {
  EXPECT_EQ(run({"node_count=0"}), run::ExitCode::wrong_input);
  EXPECT_TRUE(processes_.calls.empty());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs/ada"));
}

TEST_F(Submit, DoesNotAskSbatchWhenTheImageIsNotThere) {
  processes_.answers = {{3, "", ""}};
  EXPECT_EQ(run(), run::ExitCode::wrong_input);
  EXPECT_EQ(processes_.calls.size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs/ada"));
}

TEST_F(Submit, KeepsTheFolderAndSaysSoWhenSbatchRefuses) {
  processes_.answers = {resolved, {1, "", "sbatch: error: invalid partition\n"}, {0, "", ""}};
  EXPECT_EQ(run(), run::ExitCode::try_again);
  EXPECT_EQ(console_.complained,
            "chainer-submit: sbatch refused the job: sbatch: error: invalid partition\n");
  ASSERT_EQ(runs().size(), 1u);
  EXPECT_EQ(state(), "refused");
  EXPECT_TRUE(unsettled().empty());
}

TEST_F(Submit, NamesTheKeyThatSbatchRefused) {
  processes_.answers = {
      resolved,
      {1, "",
       "sbatch: error: invalid partition specified: p\n"
       "sbatch: error: Batch job submission failed: Invalid partition name specified\n"},
      {0, "", ""}};
  EXPECT_EQ(run({"slurm.partition=p"}), run::ExitCode::wrong_input);
  EXPECT_EQ(console_.complained,
            "--set:1:17: error: slurm.partition: sbatch refused the job: Invalid partition name "
            "specified\n    slurm.partition=p\n                    ^\nhint: correct it and submit "
            "again\n");
}

TEST_F(Submit, FindsTheJobInTheQueueWhereSbatchesAnswerWasLost) {
  const auto late =
      "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n";
  for (const auto& answer :
       {run::Finished{1, "", late}, run::Finished{3, "12\n", ""}, run::Finished{137, "", ""},
        run::Finished{0, "Welcome!\n12\n", ""}, run::Finished{0, "Bye\n", ""}}) {
    processes_.answers = {resolved, answer};
    processes_.on_squeue = [&] { return "9|/elsewhere\n12|" + newest() + "\n"; };
    EXPECT_EQ(run(), run::ExitCode::done) << answer.out << answer.err << console_.complained;
    EXPECT_EQ(state(), "submitted");
    EXPECT_EQ(loaded_job(), "12");
    EXPECT_TRUE(unsettled().empty());
  }
}

/// A message that asks for another submission would make a second job of the same run.
TEST_F(Submit, IsNotUndoneByARecordThatCannotBeWritten) {
  processes_.answers = {resolved, {0, "12\n", ""}};
  processes_.on_sbatch = [&] {
    std::filesystem::remove(newest() + "/submission.json");
    std::filesystem::create_directories(newest() + "/submission.json/in the way");
  };
  EXPECT_EQ(run(), run::ExitCode::done);
  EXPECT_NE(console_.written.find("\njob     12\n"), std::string::npos) << console_.written;
  EXPECT_NE(console_.complained.find("was submitted all the same, but cannot "), std::string::npos)
      << console_.complained;
  EXPECT_NE(console_.complained.find("; do not submit it again\n"), std::string::npos);
  EXPECT_EQ(unsettled().size(), 1u);
}

TEST_F(Submit, SaysThatTheJobMayBeQueuedWhereNobodyKnows) {
  processes_.answers = {resolved,
                        {1, "", "sbatch: error: Socket timed out on send/recv operation\n"}};
  processes_.on_squeue = [] { return "9|/elsewhere\n"; };
  EXPECT_EQ(run(), run::ExitCode::try_again);
  const auto name = newest().substr(newest().rfind('/') + 1);
  EXPECT_EQ(
      console_.complained,
      "chainer-submit: the job may be queued, nobody knows: sbatch: error: Socket timed out on "
      "send/recv operation\nnext: chainer-submit follow " +
          name + " finds out\n");
  EXPECT_EQ(state(), "submitting");
  EXPECT_EQ(unsettled(), std::vector{name});
}

TEST_F(Submit, LeavesARecordThatTellsWhenItIsInterrupted) {
  processes_.answers = {resolved, {hangs, "", ""}};
  pause_.patience = 3;
  EXPECT_EQ(run(), run::ExitCode::interrupted);
  EXPECT_NE(console_.complained.find("interrupted while sbatch was asked: the job may be queued\n"),
            std::string::npos);
  EXPECT_EQ(state(), "submitting");

  console_.complained.clear();
  pause_.patience = 100;
  const auto first = newest();
  processes_.answers = {resolved, {0, "13\n", ""}};
  processes_.on_squeue = [&] { return "12|" + first + "\n"; };
  EXPECT_EQ(run(), run::ExitCode::done);
  EXPECT_EQ(console_.complained, "chainer-submit: the run " + first.substr(first.rfind('/') + 1) +
                                     " was interrupted, and is job 12\n");
  EXPECT_EQ(run::load_submission(first, processes_)->job, "12");
  EXPECT_TRUE(unsettled().empty());
}

TEST_F(Submit, IsFollowedByWhatItsJobLeftWhereSlurmHasForgottenIt) {
  processes_.answers = {resolved, {hangs, "", ""}};
  pause_.patience = 3;
  run();
  std::filesystem::create_directories(newest() + "/attempts/14.0");
  processes_.on_squeue = [] { return ""; };
  EXPECT_EQ(loaded_job(), "14");
  EXPECT_EQ(state(), "submitted");
}

TEST_F(Submit, SaysWhatAnInterruptedRunIsWhereNobodyKnowsItsJob) {
  processes_.answers = {resolved, {hangs, "", ""}};
  pause_.patience = 3;
  run();
  processes_.on_squeue = [] { return ""; };
  EXPECT_EQ(run::load_submission(newest(), processes_).error().fault, Fault::try_again);
  processes_.on_squeue = nullptr;
  processes_.answers = {{1, "", "slurm_load_jobs error: Unable to contact\n"}};
  EXPECT_NE(run::load_submission(newest(), processes_)
                .error()
                .what.find("may be queued, nobody knows: slurm"),
            std::string::npos);
}

/// One may look at it where its owner has not yet learned which job it is.
TEST_F(Submit, IsNotWrittenToWhereItIsAnotherAccounts) {
  if (::geteuid() != 0) GTEST_SKIP() << "takes root: it gives a folder to another account";
  processes_.answers = {resolved, {hangs, "", ""}};
  pause_.patience = 3;
  run();
  std::filesystem::create_directories(newest() + "/attempts/14.0");
  processes_.on_squeue = [] { return ""; };
  ASSERT_EQ(::chown(newest().c_str(), 65534, 65534), 0);
  EXPECT_EQ(loaded_job(), "14");
  EXPECT_EQ(state(), "submitting");
}

TEST_F(Submit, OfAnotherAccountIsNotSentByHand) {
  if (::geteuid() != 0) GTEST_SKIP() << "takes root: it gives a folder to another account";
  for (const std::string script : {"job.sbatch", "job.sh"}) {
    const auto place = folder_ / ("of_" + script);
    folder_.write("of_" + script + "/" + script, "#!/bin/bash\n");
    processes_.on_squeue = [] { return ""; };
    EXPECT_NE(run::load_submission(place, processes_).error().hint, "its account can send it");
    ASSERT_EQ(::chown(place.c_str(), 65534, 65534), 0);
    EXPECT_EQ(run::load_submission(place, processes_).error().hint, "its account can send it");
  }
}

TEST_F(Submit, SaysThatAFileIsNoRun) {
  const auto loaded = run::load_submission(file_, processes_);
  EXPECT_EQ(loaded.error().what, "there is no run at " + file_);
  EXPECT_EQ(loaded.error().hint, "name a run by its folder, or by the name that submit showed");
}

TEST_F(Submit, ShowsTheNewestRunsWhereOneIsNotKnown) {
  processes_.answers = {resolved, {0, "12\n", ""}};
  run();
  const auto name = newest().substr(newest().rfind('/') + 1);
  cli::CommandLine line;
  line.command = cli::Command::follow;
  line.site_file = site_;
  line.run = "nowhere";
  EXPECT_EQ(
      cli::run_command(line, {folder_.path(), "ada", ""}, {processes_, pause_, now}, console_),
      run::ExitCode::wrong_usage);
  EXPECT_EQ(console_.complained, "chainer-submit: there is no run at " +
                                     (folder_ / "runs/ada/nowhere") +
                                     "\nnext: your newest runs are " + name + "\n");
}

/// Whatever ends a command, standard output is one JSON document.
TEST_F(Submit, WritesOneJsonDocumentWhateverHappens) {
  const auto written = [&](cli::CommandLine line) {
    console_.written.clear();
    line.format = cli::Format::json;
    line.site_file = line.site_file.empty() ? site_ : line.site_file;
    line.file = line.file.empty() ? file_ : line.file;
    cli::run_command(line, {folder_.path(), "ada", ""}, {processes_, pause_, now}, console_);
    return console_.written;
  };
  const auto is_document = [](const std::string& text) {
    return text.starts_with("{\n") && text.ends_with("\n}\n") && text.find("\n}\n{") == text.npos;
  };
  cli::CommandLine submit, follow, explain, render, check;
  follow.command = cli::Command::follow;
  follow.run = "nowhere";
  explain.command = cli::Command::explain;
  explain.key = "nothing";
  render.command = cli::Command::render;
  render.output = "project";
  check.command = cli::Command::check;
  check.online = true;

  processes_.answers = {{4, "", ""}};
  EXPECT_PRED1(is_document, written(submit)) << "no image";
  EXPECT_PRED1(is_document, written(check)) << "no image";
  EXPECT_PRED1(is_document, written(follow));
  EXPECT_PRED1(is_document, written(explain));
  EXPECT_PRED1(is_document, written(render));
  processes_.answers = {resolved, {1, "", "sbatch: error: no\n"}, {0, "", ""}};
  EXPECT_PRED1(is_document, written(submit)) << "refused";
  processes_.answers = {resolved, {1, "", "sbatch: error: Socket timed out\n"}};
  EXPECT_PRED1(is_document, written(submit)) << "unclear";
  processes_.answers = {resolved, {hangs, "", ""}};
  pause_.patience = 3;
  EXPECT_PRED1(is_document, written(submit)) << "interrupted";
  pause_.patience = 100;
  auto wrong_site = submit;
  wrong_site.site_file = folder_ / "none.toml";
  EXPECT_PRED1(is_document, written(wrong_site));
  auto wrong_file = submit;
  wrong_file.file = folder_ / "none.toml";
  EXPECT_PRED1(is_document, written(wrong_file));
  processes_.answers = {resolved, {0, "12\n", ""}, {0, "12|N/A|CANCELLED||None\n", ""}};
  auto followed = submit;
  followed.follow = true;
  EXPECT_PRED1(is_document, written(followed));
}

TEST_F(Submit, ShowsWhatSbatchWarnsOf) {
  processes_.answers = {resolved, {0, "12\n", "sbatch: warning: that is odd\n"}};
  EXPECT_EQ(run(), run::ExitCode::done);
  EXPECT_EQ(console_.complained, "sbatch: warning: that is odd\n");
}

TEST_F(Submit, TakesOverridingVariablesAwayFromSbatch) {
  ::setenv("SBATCH_PARTITION", "other", 1);
  ::setenv("SLURM_NTASKS", "9", 1);
  ::setenv("SLURM_CONF", "/etc/slurm.conf", 1);
  processes_.answers = {resolved, {0, "12\n", ""}};
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

/// What execve on the node would refuse is refused here, at its key.
TEST_F(Submit, RefusesWhatNoProgramCanBeGiven) {
  const auto said = [&](const std::string& key, std::size_t length) {
    console_.complained.clear();
    processes_.answers = {resolved, {0, "12\n", ""}};
    return run({key + "='" + std::string(length, 'x') + "'"}) == run::ExitCode::done
               ? std::string("submitted")
               : console_.complained.substr(0, console_.complained.find('\n'));
  };
  EXPECT_EQ(said("environment_variables.LONG", 131'066), "submitted");
  EXPECT_EQ(said("environment_variables.LONG", 131'067),
            "--set:1:23: error: LONG is 131067 bytes long, and no program can be given a "
            "variable of more than 131066");
}

TEST_F(Submit, RefusesMoreThanAProgramCanBeGivenInAll) {
  std::vector<std::string> many;
  for (int i = 0; i < 15; ++i) {
    many.push_back("environment_variables.A" + std::to_string(i) + "=" + std::string(130'000, 'x'));
  }
  EXPECT_EQ(run(many), run::ExitCode::wrong_input);
  EXPECT_NE(console_.complained.find("error: variables and arguments take 1950"), std::string::npos)
      << console_.complained.substr(0, 200);
}

TEST_F(Submit, GivesRunsOfTheSameSecondDifferentFolders) {
  processes_.answers = {resolved, {0, "12\n", ""}, resolved, {0, "13\n", ""}};
  run();
  EXPECT_EQ(run(), run::ExitCode::done);
  EXPECT_EQ(runs().size(), 2u);
}

}  // namespace
}  // namespace chainer::submission_test
