#include "submit/doctor/gpu_survey.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "small_gpu_report.hpp"
#include "submit/doctor/gpu_comparison.hpp"

namespace chainer::doctor::gpu_survey_test {
namespace {

/// Level and what of each finding.
std::string summary(const HealthFindings& findings) {
  std::string text;
  for (const auto& one : findings) {
    EXPECT_FALSE(one.why.empty()) << one.what;
    EXPECT_FALSE(one.next.empty()) << one.what;
    text += std::string(name_of(one.level)) + ": " + one.what + "\n";
  }
  return text;
}

GpuReport sound_report() {
  auto report = small_gpu_report();
  report.problems.clear();
  return report;
}

GpuReport without_gpus() {
  GpuReport report{"1.2.3", "", "", "13.0"};
  report.problems = {{"no GPU or no driver: none", "buy one"}};
  return report;
}

std::string printed(const std::string& outside, int code, const std::string& inside,
                    int code_inside = 0) {
  const auto end = [](int number) { return "== ended with " + std::to_string(number) + "\n"; };
  return "== outside\n" + outside + end(code) +
         (inside.empty() ? "" : "== inside\n" + inside + end(code_inside));
}

TEST(GpuSurvey, StartsTheProbeTwiceInOneJobOnNodesThatHaveGpus) {
  FakeProcesses processes;
  processes.answers = {{0, printed(gpu_report_json(sound_report()), 0, ""), ""}};
  FakePause pause;
  const auto nodes =
      survey_gpus({{"n1", "p", "idle", 0}, {"n2", "p", "mix", 4}, {"n3", "p", "drain", 4}},
                  {"/opt/a,b/probe", "docker://h.org/i:1"}, {processes, pause, 0});
  ASSERT_EQ(processes.calls.size(), 1U);
  EXPECT_EQ(processes.calls[0],
            (std::vector<std::string>{
                "salloc", "--quiet", "--nodes=1", "--ntasks=1", "--nodelist=n2", "--partition=p",
                "--time=15", "--immediate=20", "--gres=gpu:4", "sh", "-c",
                "echo '== outside'\n"
                "srun --quiet --mpi=none --input=none --chdir=/ --nodes=1 --ntasks=1 --gres=gpu:4 "
                "/opt/a,b/probe --json 2>&1\n"
                "code=$?\n"
                "echo \"== ended with $code\"\n"
                "echo '== inside'\n"
                "srun --quiet --mpi=none --input=none --chdir=/ --nodes=1 --ntasks=1 --gres=gpu:4 "
                "--chainer-image=docker://h.org/i:1 "
                "'--chainer-mount=/opt/a\\,b/probe:/opt/a\\,b/probe:ro' /opt/a,b/probe --json "
                "2>&1\n"
                "code=$?\n"
                "echo \"== ended with $code\"\n"}));
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(summary(nodes[0].findings), "");
  EXPECT_EQ(nodes[0].facts.at("GPU 0"), "Card copies at 920.0 GB/s; 92 % of what it states");
  EXPECT_EQ(summary(nodes[1].findings), "unseen: the node\n");
}

TEST(GpuSurvey, StartsNoContainerWithoutAnImage) {
  FakeProcesses processes;
  processes.answers = {{0, "", ""}};
  FakePause pause;
  survey_gpus({{"n2", "p", "idle", 1}}, {"/probe", ""}, {processes, pause, 0});
  EXPECT_EQ(processes.calls[0].back().find("inside"), std::string::npos);
}

TEST(GpuSurvey, FindsASoundNodeWell) {
  const auto report = gpu_report_json(sound_report());
  const auto node = read_gpu_job("n1", {0, printed(report, 0, report), ""});
  EXPECT_EQ(summary(node.findings), "");
  EXPECT_EQ(node.facts.at("GPU 0"),
            "Card copies at 920.0 GB/s outside, 920.0 GB/s in a container; 92 % of what it states");
}

TEST(GpuSurvey, SaysOnceWhatIsWrongInBothPlaces) {
  const auto report = gpu_report_json(small_gpu_report());
  const auto node = read_gpu_job("n1", {0, printed(report, 1, report, 1), ""});
  EXPECT_EQ(summary(node.findings), "problem: it smokes\n");
}

TEST(GpuSurvey, SaysWhatIsWrongInAContainerAlone) {
  const auto node = read_gpu_job(
      "n1",
      {0, printed(gpu_report_json(sound_report()), 0, gpu_report_json(without_gpus()), 3), ""});
  EXPECT_EQ(summary(node.findings), "problem: in a container: no GPU or no driver: none\n");
  EXPECT_EQ(node.facts.at("GPU 0"), "Card copies at 920.0 GB/s; 92 % of what it states");
}

TEST(GpuSurvey, SaysWhyAProbeSaidNothing) {
  const auto report = gpu_report_json(sound_report());
  const auto next_of = [](const SurveyedNode& node) { return node.findings.front().next; };
  const auto missing = read_gpu_job(
      "n1",
      {0, printed("slurmstepd: error: execve(): /p: No such file or directory\n", 2, report), ""});
  EXPECT_EQ(summary(missing.findings),
            "problem: the GPU probe fails outside of a container: slurmstepd: error: execve(): /p: "
            "No such file or directory\n");
  const auto old =
      read_gpu_job("n1", {0, printed(report, 0, "/p: version `GLIBC_2.34' not found\n", 1), ""});
  EXPECT_EQ(summary(old.findings),
            "problem: the GPU probe fails in a container: /p: version `GLIBC_2.34' not found\n");
  EXPECT_EQ(next_of(old), "name an image with glibc 2.35 or newer: --image REF");
  const auto* without_loader =
      "chainer: node n1, step 4.1: cannot start /p: it needs /l, which is not in the container: it "
      "was built for another system\n";
  EXPECT_EQ(next_of(read_gpu_job("n1", {0, printed(report, 0, without_loader, 1), ""})),
            next_of(old));
  const auto silent = read_gpu_job("n1", {0, printed("", 137, ""), ""});
  EXPECT_EQ(
      summary(silent.findings),
      "problem: the GPU probe fails outside of a container: it ends with 137 and says nothing\n");
}

TEST(GpuSurvey, SaysWhyThereWasNoJob) {
  const auto busy = read_gpu_job(
      "n1", {1, "", "salloc: error: Unable to allocate resources: Requested nodes are busy\n"});
  EXPECT_EQ(summary(busy.findings), "unseen: the node\n");
}

TEST(GpuComparison, TakesLittleDifferencesForNoise) {
  const auto outside = sound_report();
  auto inside = outside;
  inside.gpus[0].device_copies[0].bytes_per_s *= 0.975;
  EXPECT_EQ(summary(compare_gpus(outside, inside)), "");
  inside.gpus[0].device_copies[0].bytes_per_s = 8e11;
  EXPECT_EQ(summary(compare_gpus(outside, inside)),
            "warning: GPU 0 (Card) copies at 800.0 GB/s in a container and at 920.0 GB/s outside "
            "(-13.0 %)\n");
}

TEST(GpuComparison, KnowsACardByItsOwnNumber) {
  auto outside = sound_report();
  outside.gpus.push_back(outside.gpus[0]);
  outside.gpus[1].index = 1;
  outside.gpus[1].uuid = "GPU-1";
  auto inside = outside;
  std::swap(inside.gpus[0], inside.gpus[1]);
  EXPECT_EQ(summary(compare_gpus(outside, inside)), "");
  inside.gpus.pop_back();
  EXPECT_EQ(summary(compare_gpus(outside, inside)),
            "problem: a container does not see GPU 0 (Card)\n");
  EXPECT_EQ(summary(compare_gpus(inside, outside)),
            "problem: a container sees GPU 0 (Card), and a step outside does not\n");
}

TEST(GpuComparison, WantsOneDriver) {
  const auto outside = sound_report();
  auto inside = outside;
  inside.driver.clear();
  inside.cuda_of_driver = "12.2";
  EXPECT_EQ(summary(compare_gpus(outside, inside)),
            "problem: the GPU driver is none in a container and 580.95.05 outside\n"
            "problem: the CUDA of the GPU driver is 12.2 in a container and 13.0 outside\n");
}

}  // namespace
}  // namespace chainer::doctor::gpu_survey_test
