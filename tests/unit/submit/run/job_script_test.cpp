#include "submit/run/job_script.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "small_plan.hpp"
#include "submit/run/process.hpp"
#include "temporary_folder.hpp"

namespace chainer::job_script_test {
namespace {

/// Stands in for srun: writes its own arguments NUL-terminated to $CALLS.N, then runs the command
/// that follows its options once for each of $RANKS.
constexpr const char* fake_srun = R"(#!/bin/bash
n=1
while [ -e "$CALLS.$n" ]; do n=$((n + 1)); done
printf '%s\0' "$@" >"$CALLS.$n"
cat /proc/$$/environ >"$CALLS.$n.env"
while [ $# -gt 0 ] && [ "${1#--}" != "$1" ]; do shift; done
[ "$1" != awk ] || exit 0
status=0
for rank in ${RANKS-0}; do
  SLURMD_NODENAME=n1 SLURM_PROCID=$rank CHAINER_SUBMIT_CONTAINER=${CONTAINER-image} "$@" || status=143
done
exit $status
)";

/// Runs rank.py, and stands in for the Python of the run: writes its arguments and environment,
/// ends with ${CODES[rank]}.
constexpr const char* fake_python = R"(#!/bin/bash
[ "$1" != -I ] || exec /usr/bin/python3 "$@"
printf '%s\0' "$@" >"$CALLS.python.$SLURM_PROCID"
cat /proc/$$/environ >"$CALLS.env.$SLURM_PROCID"
codes=(${CODES-0 0 0 0})
exit "${codes[SLURM_PROCID]}"
)";

plan::Plan plan_with(std::vector<plan::ArgumentGroup> arguments,
                     std::vector<std::pair<std::string, std::string>> environment) {
  auto plan = small_plan();
  plan.environment = std::move(environment);
  plan.arguments = std::move(arguments);
  return plan;
}

class JobScript : public testing::Test {
 protected:
  JobScript() {
    executable("bin/srun", fake_srun);
    executable("bin/python", fake_python);
    for (const auto* name : {"run/source", "run/logs", "run/environment"}) {
      std::filesystem::create_directories(folder_ / name);
    }
    folder_.write("run/rank.py", std::string(run::rank_program));
    folder_.write("run/run.bash", std::string(run::run_functions));
  }

  void executable(const std::string& name, const std::string& text) const {
    const auto path = folder_.write(name, text);
    std::filesystem::permissions(path, std::filesystem::perms::all);
  }

  run::Finished run(const plan::Plan& plan, std::vector<std::string> more = {}) {
    executable("run/job.sbatch", run::job_script(plan, folder_ / "run"));
    std::vector<std::string> environment{"PATH=" + (folder_ / "bin") + ":/usr/bin:/bin",
                                         "CALLS=" + (folder_ / "calls"), "SLURM_JOB_ID=7",
                                         "SLURM_JOB_NODELIST=n1", "SLURMD_NODENAME=n1"};
    environment.insert(environment.end(), more.begin(), more.end());
    auto finished = processes_.run({folder_ / "run/job.sbatch"}, environment);
    EXPECT_TRUE(finished);
    return *finished;
  }

  std::string record(const std::string& attempt = "7.0") const {
    return contents(folder_ / ("run/attempts/" + attempt + "/record"));
  }

  /// The record without its times.
  std::string events(const std::string& attempt = "7.0") const {
    std::istringstream lines(record(attempt));
    std::string events, event, time, rest;
    while (lines >> event >> time && std::getline(lines, rest)) events += event + rest + "\n";
    return events;
  }

  TemporaryFolder folder_;
  run::RealProcessRunner processes_;
};

TEST_F(JobScript, PassesArgumentsByteForByte) {
  const std::vector<std::string> values{"",     " ",      "a b", "it's", "\"",   "$HOME",
                                        "`id`", "$(id)",  "*",   "\\",   "a\nb", "a\r\nb\n",
                                        "\t",   "--flag", "-",   "--",   "é ☃",  "\0011"};
  std::string expected("train.py\0", 9);
  std::vector<plan::ArgumentGroup> groups;
  for (const auto& value : values) {
    groups.push_back({"--key", value});
    expected += std::string("--key\0", 6) + value + '\0';
  }
  EXPECT_EQ(run(plan_with(groups, {})).code, 0);
  EXPECT_EQ(contents(folder_ / "calls.python.0"), expected);
}

TEST_F(JobScript, PassesTheEnvironmentByteForByte) {
  // Names that shells set, change or refuse, and those of the script's own variables.
  std::vector<std::pair<std::string, std::string>> variables{
      {"A", "x,y\nB=z"},    {"EMPTY", ""},       {"_1", "é"},          {"IFS", ":"},
      {"OPTIND", "x"},      {"PWD", "/no"},      {"OLDPWD", ""},       {"PPID", "1"},
      {"SHLVL", "7"},       {"PS4", "$(id)"},    {"results", "r"},     {"image", "i"},
      {"environment", "e"}, {"status", "s"},     {"UID", "u"},         {"LINENO", "l"},
      {"RANDOM", "x"},      {"BASH_ENV", "/no"}, {"PYTHONHOME", "/no"}};
  variables.emplace_back("LONG", std::string(131'000, 'x'));
  variables.emplace_back("LONG_TOO", std::string(131'000, 'x'));
  EXPECT_EQ(run(plan_with({}, variables)).code, 0);
  const auto environment = '\0' + contents(folder_ / "calls.env.0");
  for (const auto& [name, value] : variables) {
    EXPECT_NE(environment.find('\0' + name + "=" + value + '\0'), std::string::npos) << name;
  }
}

TEST_F(JobScript, GivesBothStepsTheJobsEnvironmentAsItIs) {
  std::vector<std::string> variables{"PWD=/no", "a.b=c", "SHLVL=9"};
  for (const auto* name :
       {"image", "nodes", "status", "OPTIND", "IFS", "rank", "ranks", "state", "variable",
        "results", "inherited", "setting", "pattern", "python", "mounts", "place", "option"})
    variables.push_back(std::string(name) + "=odd: value");
  EXPECT_EQ(run(plan_with({}, {}), variables).code, 0);
  for (const auto* step : {"calls.1.env", "calls.2.env"}) {
    const auto environment = '\0' + contents(folder_ / step);
    for (const auto& variable : variables) {
      EXPECT_NE(environment.find('\0' + variable + '\0'), std::string::npos) << step << variable;
    }
  }
}

/// The shell of a login may have functions in the place of commands, and a file that every bash is
/// to read.
TEST_F(JobScript, RunsNothingThatTheSubmittingShellExports) {
  const auto file = folder_.write("shell", "echo read by $0\n");
  const std::string body = "() { echo of a function; }";
  const auto finished = run(plan_with({}, {}), {"BASH_FUNC_mkdir%%=" + body, "BASH_ENV=" + file,
                                                "BASH_FUNC_note%%=" + body});
  EXPECT_EQ(finished.code, 0);
  EXPECT_EQ(finished.out.find("job.sbatch"), std::string::npos);  // the stand-ins read it too
  EXPECT_EQ(finished.out.find("of a function"), std::string::npos);
  const auto environment = '\0' + contents(folder_ / "calls.2.env");
  EXPECT_NE(environment.find('\0' + ("BASH_FUNC_mkdir%%=" + body) + '\0'), std::string::npos);
}

/// Slurm 22.05's srun does so when one node could not launch the step.
TEST_F(JobScript, FailsWhenSrunSaysZeroThoughNotAllRanksRan) {
  auto plan = plan_with({}, {});
  plan.allocation.ranks_per_node = 2;
  const auto finished = run(plan, {"RANKS=0"});
  EXPECT_EQ(finished.code, 1);
  EXPECT_NE(finished.err.find("chainer: srun says 0, but 1 of 2 ranks never said how they ended\n"),
            std::string::npos);
  EXPECT_EQ(events(), "start n1\nprepare \nprepared 0\nrun 2\nran 1\nrank 0 0\nend 1\n");
}

TEST_F(JobScript, GoesOnWhenItIsSignalledAndSaysSo) {
  for (const std::string signal : {"TERM", "HUP", "USR1", "XCPU", "INT", "ALRM"}) {
    executable(
        "bin/srun",
        std::string(
            "#!/bin/bash\nwhile [ \"${1#--}\" != \"$1\" ]; do shift; done\n"
            "[ \"$1\" != awk ] || exit 0\n"
            "kill -s $SIGNAL $PPID\nSLURM_PROCID=0 CHAINER_SUBMIT_CONTAINER=image \"$@\"\n"));
    EXPECT_EQ(run(plan_with({}, {}), {"SIGNAL=" + signal}).code, 0) << signal;
    EXPECT_EQ(events(), "start n1\nprepare \nprepared 0\nrun 1\nsignal " + signal +
                            "\nran 0\nrank 0 0\nend 0\n");
    std::filesystem::remove_all(folder_ / "run/attempts");
  }
}

TEST_F(JobScript, PreparesFirstAndRecordsBothSteps) {
  EXPECT_EQ(run(plan_with({}, {})).code, 0);
  EXPECT_NE(contents(folder_ / "calls.1").find("--chainer-prepare"), std::string::npos);
  EXPECT_EQ(contents(folder_ / "calls.2").find("--chainer-prepare"), std::string::npos);
  EXPECT_EQ(events(), "start n1\nprepare \nprepared 0\nrun 1\nran 0\nrank 0 0\nend 0\n");
}

TEST_F(JobScript, UsesTheLockThatAnEarlierRunLeft) {
  run(plan_with({}, {}));
  const std::string file = "requirements.txt";
  EXPECT_NE(contents(folder_ / "calls.1").find(file + '\0'), std::string::npos);
  folder_.write("run/environment/requirements.txt.lock.json", "{}");
  run(plan_with({}, {}));
  EXPECT_NE(contents(folder_ / "calls.3").find(file + ".lock.json" + '\0'), std::string::npos);
}

TEST_F(JobScript, UsesACondaEnvironmentWhereThereIsOne) {
  folder_.write("run/environment/environment.yml", "dependencies: []\n");
  run(plan_with({}, {}));
  const std::string file = "/environment/environment.yml";
  EXPECT_NE(contents(folder_ / "calls.1").find(file + '\0'), std::string::npos);
  EXPECT_NE(contents(folder_ / "calls.2").find(file + '\0'), std::string::npos);
  folder_.write("run/environment/environment.yml.lock.json", "{}");
  run(plan_with({}, {}));
  EXPECT_NE(contents(folder_ / "calls.3").find(file + ".lock.json" + '\0'), std::string::npos);
}

TEST_F(JobScript, EndsWithTheCodeOfTheRankThatFailedFirst) {
  auto plan = plan_with({}, {});
  plan.allocation.ranks_per_node = 3;
  EXPECT_EQ(run(plan, {"RANKS=0 2 1", "CODES=0 5 3"}).code, 3);
  EXPECT_EQ(events(),
            "start n1\nprepare \nprepared 0\nrun 3\nran 3\nrank 0 0\nrank 1 5\nrank 2 "
            "3\nfirst_failure 2 3 n1\nend 3\n");
}

TEST_F(JobScript, KeepsAttemptsApart) {
  run(plan_with({}, {}));
  run(plan_with({}, {}), {"SLURM_RESTART_COUNT=1"});
  EXPECT_EQ(events("7.0"), events("7.1"));
  EXPECT_FALSE(record("7.1").empty());
}

TEST_F(JobScript, ShowsWhyThePreparationFailed) {
  executable("bin/srun", "#!/bin/sh\necho 'chainer: cannot do it' >&2\nexit 4\n");
  const auto finished = run(plan_with({}, {}));
  EXPECT_EQ(finished.code, 4);
  EXPECT_EQ(finished.err, "chainer: cannot do it\n");
  EXPECT_EQ(events(), "start n1\nprepare \nprepared 4\nend 4\n");
}

TEST_F(JobScript, IgnoresOptionsOfOursInTheSubmittersEnvironment) {
  run(plan_with({}, {}), {"CHAINER_SUBMIT_WRITABLE=1"});
  EXPECT_EQ(contents(folder_ / "calls.env.0").find("CHAINER_SUBMIT_WRITABLE"), std::string::npos);
}

TEST_F(JobScript, EndsARankThatIsOnTheHost) {
  const auto finished = run(plan_with({}, {}), {"CONTAINER="});
  EXPECT_EQ(finished.code, 1);
  EXPECT_NE(finished.err.find("chainer: cannot run rank 0 in its container: node n1 started it on "
                              "the host\nnext: "),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "calls.python.0"));
  EXPECT_NE(events().find("rank 0 1\n"), std::string::npos);
}

TEST_F(JobScript, RefusesToRunOutsideOfAJob) {
  const auto finished = run(plan_with({}, {}), {"SLURM_JOB_ID="});
  EXPECT_EQ(finished.code, 1);
  EXPECT_NE(finished.err.find("chainer: cannot run outside of a job\nnext: sbatch "),
            std::string::npos);
}

/// As slurmstepd does: signals go to the task's own process alone, at the time limit twice at once.
TEST_F(JobScript, PassesASignalOnOnceToTheProgram) {
  executable("bin/srun", R"(#!/bin/bash
while [ "${1#--}" != "$1" ]; do shift; done
[ "$1" != awk ] || exit 0
SLURM_PROCID=0 CHAINER_SUBMIT_CONTAINER=image env --default-signal=INT "$@" &  # else bash starts it with INT ignored
until [ -e "$CALLS.ready" ]; do sleep 0.01; done
kill -s "$SIGNAL" $!
sleep 0.005
kill -s "$SIGNAL" $!
wait $!
)");
  for (const std::string signal : {"TERM", "INT", "USR1", "CONT", "HUP"}) {
    executable("bin/python", R"(#!/bin/bash
[ "$1" != -I ] || exec /usr/bin/python3 "$@"
n=0
trap 'n=$((n + 1))' )" + signal + R"(
>"$CALLS.ready"
for i in {1..60}; do sleep 0.01; done
exit $((8 + n))
)");
    EXPECT_EQ(run(plan_with({}, {}), {"SIGNAL=" + signal}).code, 9) << signal;
    std::filesystem::remove(folder_ / "calls.ready");
  }
}

TEST_F(JobScript, NotesTheSignalThatEndsAProgram) {
  executable("bin/python",
             "#!/bin/bash\n[ \"$1\" != -I ] || exec /usr/bin/python3 \"$@\"\nkill -s SEGV $$\n");
  EXPECT_EQ(run(plan_with({}, {})).code, 139);
  EXPECT_NE(events().find("rank 0 139\nfirst_failure 0 139 n1\nend 139\n"), std::string::npos)
      << events();
}

TEST_F(JobScript, GivesTheProgramItsStandardInput) {
  executable("bin/python",
             "#!/bin/bash\n[ \"$1\" != -I ] || exec /usr/bin/python3 \"$@\"\nread -r line && [ "
             "\"$line\" = hello ]\n");
  executable("bin/srun",
             "#!/bin/bash\nwhile [ \"${1#--}\" != \"$1\" ]; do shift; done\necho hello | "
             "CHAINER_SUBMIT_CONTAINER=image SLURM_PROCID=0 \"$@\"\n");
  EXPECT_EQ(run(plan_with({}, {})).code, 0);
}

/// Whose ranks are told that their time is nearly over: Slurm tells them, here the program itself does.
class AJobThatIsTold : public JobScript {
 protected:
  AJobThatIsTold() {
    plan_.allocation.requeue = true;
    plan_.allocation.notify_before = 60;
    executable("bin/scontrol", "#!/bin/sh\necho \"$@\" >>\"$CALLS.scontrol\"\n");
    program("trap 'exit 3' TERM\nkill -s TERM $PPID\nfor i in {1..500}; do sleep 0.01; done\n");
  }

  void program(const std::string& body) const {
    executable("bin/python",
               "#!/bin/bash\n[ \"$1\" != -I ] || exec /usr/bin/python3 \"$@\"\n" + body);
  }
  std::string asked_of_slurm() const { return contents(folder_ / "calls.scontrol"); }

  plan::Plan plan_{plan_with({}, {})};
};

TEST_F(AJobThatIsTold, IsQueuedAgainAndHasNoEndYet) {
  EXPECT_EQ(run(plan_).code, 0);
  EXPECT_EQ(asked_of_slurm(), "requeue 7\n");
  EXPECT_EQ(events(),
            "start n1\nprepare \nprepared 0\nrun 1\nran 3\nrequeued \nrank 0 3\nfirst_failure 0 3 "
            "n1\n");
}

TEST_F(AJobThatIsTold, EndsWhereNobodyAskedForMore) {
  plan_.allocation.requeue = false;
  EXPECT_EQ(run(plan_).code, 3);
  plan_.allocation.requeue = true;
  plan_.allocation.max_restarts = 1;
  EXPECT_EQ(run(plan_, {"SLURM_RESTART_COUNT=1"}).code, 3);
  EXPECT_EQ(asked_of_slurm(), "");
  EXPECT_TRUE(events("7.1").ends_with("first_failure 0 3 n1\nend 3\n")) << events("7.1");
}

TEST_F(AJobThatIsTold, DoesNotStartMoreOftenThanItMay) {
  plan_.allocation.max_restarts = 1;
  const auto finished = run(plan_, {"SLURM_RESTART_COUNT=2"});
  EXPECT_EQ(finished.code, 1);
  EXPECT_EQ(finished.err,
            "chainer: cannot start again: this is restart 2, and run.max_restarts is 1\n"
            "next: look at the log for what ended the attempts before, and submit again\n");
  EXPECT_EQ(events("7.2"), "start n1\nend 1\n");
}

TEST_F(AJobThatIsTold, SaysThatSlurmDidNotQueueItAgain) {
  executable("bin/scontrol", "#!/bin/sh\nexit 1\n");
  const auto finished = run(plan_);
  EXPECT_EQ(finished.code, 3);
  EXPECT_EQ(finished.err,
            "chainer: cannot queue this job again\nnext: look above for what scontrol "
            "says; sbatch " +
                (folder_ / "run/job.sbatch") + " starts it again\n");
}

TEST_F(AJobThatIsTold, IsNotQueuedAgainWhenItFailsByItself) {
  program("exit 3\n");
  EXPECT_EQ(run(plan_).code, 3);
  EXPECT_EQ(asked_of_slurm(), "");
}

TEST_F(AJobThatIsTold, DoesNotGetTheTimeLimitsOwnSignalToo) {
  plan_.allocation.requeue = false;
  program(
      "n=0\ntrap 'n=$((n + 1))' TERM\nkill -s TERM $PPID\nfor i in {1..120}; do sleep 0.01; done\n"
      "kill -s TERM $PPID\nfor i in {1..20}; do sleep 0.01; done\nexit $((8 + n))\n");
  EXPECT_EQ(run(plan_).code, 9);
}

TEST_F(JobScript, TakesTheCredentialsAwayWithThePreparation) {
  folder_.write("run/private/auth.json", "{}");
  run(plan_with({}, {}));
  EXPECT_NE(
      contents(folder_ / "calls.1").find("--chainer-auth=" + (folder_ / "run/private/auth.json")),
      std::string::npos);
  EXPECT_EQ(contents(folder_ / "calls.2").find("--chainer-auth"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/private"));
}

TEST_F(JobScript, KeepsTheCredentialsForAnotherAttemptUntilItsEnd) {
  auto plan = plan_with({}, {});
  plan.allocation.requeue = true;
  folder_.write("run/private/auth.json", "{}");
  run(plan);
  EXPECT_NE(contents(folder_ / "calls.2").find("--chainer-auth="), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/private"));
}

TEST_F(JobScript, LeavesTheCredentialsToTheLastElementOfAnArray) {
  executable("bin/squeue", "#!/bin/sh\necho 7\n[ ! -e \"$CALLS.more\" ] || echo 8\n");
  folder_.write("run/private/auth.json", "{}");
  folder_.write("calls.more", "");
  run(plan_with({}, {}), {"SLURM_ARRAY_JOB_ID=6"});
  EXPECT_TRUE(std::filesystem::exists(folder_ / "run/private/auth.json"));
  std::filesystem::remove(folder_ / "calls.more");
  run(plan_with({}, {}), {"SLURM_ARRAY_JOB_ID=6"});
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/private"));
}

}  // namespace
}  // namespace chainer::job_script_test
