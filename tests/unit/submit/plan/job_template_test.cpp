#include "submit/plan/job_template.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "small_plan.hpp"
#include "submit/run/job_script.hpp"
#include "submit/run/template_syntax.hpp"
#include "temporary_folder.hpp"

namespace chainer::job_template_test {
namespace {

/// Uses all that every run needs.
const std::string least =
    "cd \"$run_dir\"\n"
    "srun --mpi=\"$mpi\" --nodes=\"$nodes\" --ntasks=$((nodes * ranks_per_node)) \\\n"
    "  --cpus-per-task=\"$cpus_per_rank\" --chainer-image=\"$image\" \\\n"
    "  --chainer-shm-size=\"$shm_size\" env \"${environment[@]}\" \\\n"
    "  python \"source/$entry_script\" \"${arguments[@]}\"\n";

std::vector<Finding> checked(const std::string& text, const plan::Plan& plan = small_plan()) {
  toml::Report report;
  plan::check_template({"job.bash", text}, plan, report);
  return report.sorted();
}

TEST(JobTemplate, OfTheProgramItselfPasses) {
  auto plan = small_plan();
  plan.labels_ranks = true;
  plan.user_managed = true;
  plan.allocation.binding = "auto";
  plan.allocation.max_restarts = 1;
  plan.allocation.notify_before = 60;
  plan.binds.push_back({"/a", "/b"});
  plan.downloads.push_back({"a", "/a", "", "a", ""});
  EXPECT_TRUE(checked(std::string(run::job_template), plan).empty());
}

TEST(JobTemplate, MayLeaveOutWhatTheRunHasNoneOf) {
  EXPECT_TRUE(checked(least).empty());
  auto plan = small_plan();
  plan.binds.push_back({"/a", "/b"});
  plan.user_managed = true;
  const auto findings = checked(least, plan);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].message,
            "this job template never uses binds, user_managed, and the run has something in them");
}

TEST(JobTemplate, NamesAllThatItLeavesOut) {
  const auto findings = checked("# $run_dir\nimage=x\nsrun \"$nodes_of\" \"$entry_scripts\"\n");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::error);
  EXPECT_EQ(findings[0].message,
            "this job template never uses run_dir, image, shm_size, mpi, nodes, ranks_per_node, "
            "cpus_per_rank, environment, entry_script, arguments, and the run has something in "
            "them");
  EXPECT_EQ(findings[0].file, "job.bash");
}

TEST(JobTemplate, SeesEveryWayToUseAVariable) {
  for (const auto* code : {"$a", "${a}", "${a:-b}", "${#a[@]}", "${!a}", "\"x${a[0]}\"",
                           "$((a * b))", "((i < a))", "b=$a"}) {
    EXPECT_TRUE(plan::uses_variable(code, "a")) << code;
  }
  for (const auto* code : {"a=1", "$ab", "$b_a", "a", "# $a", "echo a"}) {
    EXPECT_FALSE(plan::uses_variable(code, "a")) << code;
  }
}

TEST(JobTemplate, HasLineEndsOfUnix) {
  const auto findings = checked("set -u\r\n" + least);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].at, (Position{1, 7}));
  EXPECT_EQ(findings[0].message, "this line ends in CR LF, which neither bash nor sbatch reads");
}

TEST(JobTemplate, TellsThatItsDirectivesAreNotRead) {
  const auto findings = checked("#SBATCH --partition=mine\n" + least);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].at, (Position{1, 1}));
}

/// The variables that a script sets above its template.
std::vector<std::string> set_variables() {
  auto plan = small_plan();
  plan.job_template = {"", ""};
  std::istringstream script(run::job_script(plan, "/runs/a"));
  std::vector<std::string> names;
  for (std::string line; std::getline(script, line);) {
    const auto end = line.find('=');
    if (!line.starts_with('#') && !line.starts_with(' ') && end != line.npos) {
      names.push_back(line.substr(0, end));
    }
  }
  return names;
}

TEST(JobTemplate, KnowsEveryVariableOfAScriptAndSoDoesItsPage) {
  const auto page = contents(PROJECT_FOLDER "/docs/templates.md");
  std::vector<std::string> known;
  for (const auto& variable : plan::template_variables()) {
    known.emplace_back(variable.name);
    const auto row = "| `" + known.back() + "` | " +
                     (variable.need == plan::Need::always     ? "always"
                      : variable.need == plan::Need::when_set ? "when set"
                                                              : "no") +
                     " | " + std::string(variable.sentence) + " |\n";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
  EXPECT_EQ(known, set_variables());
}

/// What is found with bash itself.
plan::Inspection asked_of_bash(const std::string& text) {
  plan::Inspection inspection;
  inspection.plan = small_plan();
  inspection.plan->job_template = {"job.bash", text};
  run::RealProcessRunner processes;
  run::check_template_syntax(inspection, processes);
  return inspection;
}

TEST(JobTemplate, IsReadByBash) {
  const auto good = asked_of_bash(least);
  EXPECT_TRUE(good.findings.empty());
  EXPECT_TRUE(good.plan);
  EXPECT_TRUE(asked_of_bash(std::string(run::job_template)).findings.empty());

  const auto broken = asked_of_bash(least + "if true; then\n  echo\n");
  ASSERT_EQ(broken.findings.size(), 1u);
  EXPECT_EQ(broken.findings[0].at, (Position{8, 1}));
  // bash 5.3 says of what the end is missing, too.
  EXPECT_TRUE(
      broken.findings[0].message.starts_with("bash says: syntax error: unexpected end of file"));
  EXPECT_FALSE(broken.plan);
}

TEST(JobTemplate, IsNeverRunWhereItIsChecked) {
  TemporaryFolder folder;
  const auto mark = folder / "mark";
  const auto checked = asked_of_bash("touch " + mark + "\n: $(touch " + mark + ")\n" + least);
  EXPECT_TRUE(checked.findings.empty());
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST(JobTemplate, ThatEndsWithinAHereDocumentIsWarnedOf) {
  const auto checked = asked_of_bash(least + "cat <<EOF\nx\n");
  ASSERT_EQ(checked.findings.size(), 1u);
  EXPECT_EQ(checked.findings[0].severity, Severity::warning);
  EXPECT_TRUE(checked.plan);
}

TEST(JobTemplate, IsNoneOfARunWithoutSlurm) {
  TemporaryFolder folder;
  folder.write("recipes/7.8.1.toml", "pip = []\n");
  folder.write("site.toml",
               "runs = \"/runs\"\ntemplate = \"site.bash\"\n[images]\ncpu = \"h.org/i:1\"\n"
               "[node_types.n]\ncpus = 4\nmemory = \"8g\"\n[compute_targets.c]\n"
               "node_type = \"n\"\n");
  folder.write("site.bash", least);
  folder.write("own.bash", least);
  folder.write("train.py", "");
  folder.write("train.toml",
               "entry_script = \"train.py\"\ncompute_target = \"local\"\n"
               "framework_version = \"7.8.1\"\n");
  plan::Request request{"train.toml", "site.toml", {}, folder.path()};
  const auto by_site = plan::inspect(request);
  ASSERT_TRUE(by_site.is_clean()) << plan::render(by_site, Colour::off);
  EXPECT_FALSE(by_site.plan->job_template);

  request.template_file = "own.bash";
  const auto by_name = plan::inspect(request);
  EXPECT_FALSE(by_name.is_clean());
  EXPECT_EQ(plan::render(by_name, Colour::off),
            "own.bash: error: compute_target is \"local\", and a run without Slurm has no job "
            "template\nhint: leave --template out, or name a target of the site file\n");
}

}  // namespace
}  // namespace chainer::job_template_test
