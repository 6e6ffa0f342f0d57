#include "submit/doctor/mpi_survey.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "small_mpi_report.hpp"
#include "submit/doctor/mpi_comparison.hpp"

namespace chainer::doctor::mpi_survey_test {
namespace {

/// Level and what of each finding of a survey.
std::string found_in(const MpiSurvey& survey) {
  std::string text;
  for (const auto& one : survey.findings) {
    EXPECT_FALSE(one.why.empty()) << one.what;
    EXPECT_FALSE(one.next.empty()) << one.what;
    text += std::string(name_of(one.level)) + ": " + one.what + "\n";
  }
  return text;
}

std::string half(const char* place, const std::string& said, int code = 0) {
  return std::string("== ") + place + "\n" + said + "== ended with " + std::to_string(code) + "\n";
}

std::string half(const char* place, const MpiReport& report, int code = 0) {
  return half(place, mpi_report_json(report), code);
}

MpiReport with_times(double small, double large) {
  auto report = small_mpi_report();
  report.ping_pong = {{8, small}, {4194304, large}};
  return report;
}

MpiReport failed(const std::string& what) {
  MpiReport report{"1.2.3"};
  report.problems = {{what, "do something"}};
  return report;
}

TEST(MpiSurvey, StartsTheProbeInTurnsInOneJob) {
  FakeProcesses processes;
  processes.answers = {{0, half("outside", small_mpi_report()), ""}};
  FakePause pause;
  FakeConsole console;
  const auto answer = survey_mpi({"/opt/probe", "docker://h.org/i:1", "pmix", 2, {"--partition=p"}},
                                 {processes, pause, 0}, console);
  EXPECT_TRUE(std::holds_alternative<MpiSurvey>(answer));
  ASSERT_EQ(processes.calls.size(), 1U);
  auto call = processes.calls[0];
  const auto script = call.back();
  call.pop_back();
  EXPECT_EQ(call, (std::vector<std::string>{"salloc", "--quiet", "--nodes=2", "--ntasks=2",
                                            "--ntasks-per-node=1", "--time=15", "--immediate=60",
                                            "--partition=p", "sh", "-c"}));
  const std::string outside =
      "echo '== outside'\n"
      "srun --quiet --mpi=pmix --input=none --chdir=/ --kill-on-bad-exit=1 --nodes=2 --ntasks=2 "
      "/opt/probe 2>&1\n"
      "code=$?\n"
      "echo \"== ended with $code\"\n";
  const std::string inside =
      "echo '== inside'\n"
      "srun --quiet --mpi=pmix --input=none --chdir=/ --kill-on-bad-exit=1 --nodes=2 --ntasks=2 "
      "--chainer-image=docker://h.org/i:1 --chainer-mount=/opt/probe:/opt/probe:ro /opt/probe "
      "2>&1\n"
      "code=$?\n"
      "echo \"== ended with $code\"\n";
  EXPECT_EQ(script,
            outside + inside + "[ $code = 0 ] || exit 0\n" + outside + inside + outside + inside);
}

TEST(MpiSurvey, SaysWhySlurmGivesNoJob) {
  FakeProcesses processes;
  processes.answers = {{1, "", "salloc: error: Unable to allocate resources: busy\n"}};
  FakePause pause;
  FakeConsole console;
  const auto answer = survey_mpi({"/opt/probe", "/i", "pmix"}, {processes, pause, 0}, console);
  ASSERT_TRUE(std::holds_alternative<run::Unanswered>(answer));
  EXPECT_EQ(std::get<run::Unanswered>(answer).why,
            "salloc: error: Unable to allocate resources: busy");
}

TEST(MpiSurvey, TakesTheShortestTimesOfAllRounds) {
  const auto survey =
      read_mpi_job(half("outside", with_times(10, 900)) + half("inside", with_times(12, 1000)) +
                   half("outside", with_times(11, 800)) + half("inside", with_times(10.2, 801)));
  EXPECT_EQ(survey.outside->ping_pong, (std::vector<MpiTime>{{8, 10}, {4194304, 800}}));
  EXPECT_EQ(survey.inside->ping_pong, (std::vector<MpiTime>{{8, 10.2}, {4194304, 801}}));
  EXPECT_EQ(found_in(survey), "");
  EXPECT_EQ(verdict_on(survey),
            "in the container MPI goes by TCP over eth0, at most 2.0 % slower than outside of it "
            "(messages of 8 bytes); the nodes have no faster network");
}

TEST(MpiSurvey, WarnsOfAContainerThatIsSlower) {
  auto inside = with_times(12, 1000);
  auto survey = read_mpi_job(half("outside", with_times(10, 1000)) + half("inside", inside));
  EXPECT_EQ(found_in(survey),
            "warning: MPI is slower in the container: messages of 8 bytes take 12.0 us and 10.0 us "
            "outside (+20 %)\n");
  EXPECT_EQ(survey.findings[0].why,
            "the MPI and the way are the same: something else took part of the nodes");
  inside.ways = {{"rc_mlx5", "mlx5_0:1"}};
  survey = read_mpi_job(half("outside", with_times(10, 1000)) + half("inside", inside));
  EXPECT_EQ(survey.findings[0].why, "outside they go by TCP over eth0");
}

TEST(MpiSurvey, FindsAWayThatIsTooSlowForTheNodes) {
  auto inside = small_mpi_report();
  inside.networks[0].is_active = true;
  auto outside = inside;
  outside.layer = "ucx";
  outside.ways = {{"rc_mlx5", "mlx5_0:1"}};
  const auto survey = read_mpi_job(half("outside", outside) + half("inside", inside));
  EXPECT_EQ(found_in(survey),
            "problem: TCP over eth0 although the nodes have InfiniBand (mlx5_0, 200 Gb/sec (4X "
            "HDR))\n");
  EXPECT_EQ(survey.findings[0].next,
            "the nodes' own MPI takes rc_mlx5 over mlx5_0:1: the image's needs UCX or libfabric "
            "too, and rdma-core's libraries (Debian: ibverbs-providers)");
  EXPECT_EQ(found_in(read_mpi_job(half("outside", outside) + half("inside", outside))), "");
}

TEST(MpiSurvey, NeedsNoMpiOfTheNodes) {
  auto without = failed("there is no MPI library here");
  without.has_mpi = false;
  const auto survey =
      read_mpi_job(half("outside", without, 3) + half("inside", small_mpi_report()));
  EXPECT_EQ(found_in(survey), "unseen: how fast MPI is outside of a container\n");
  EXPECT_EQ(verdict_on(survey),
            "in the container MPI goes by TCP over eth0, not compared with an MPI of the nodes' "
            "own; the nodes have no faster network");
}

TEST(MpiSurvey, PassesOnWhatARankSays) {
  const auto survey =
      read_mpi_job(half("outside", small_mpi_report()) +
                   half("inside", failed("each of the 2 ranks is alone: so it is"), 1));
  EXPECT_EQ(found_in(survey), "problem: in a container: each of the 2 ranks is alone: so it is\n");
  EXPECT_EQ(verdict_on(survey), "MPI does not work in this image over several nodes");
}

TEST(MpiSurvey, NamesAProbeThatDoesNotRun) {
  const auto survey = read_mpi_job(
      half("outside", small_mpi_report()) +
      half("inside",
           "chainer: node n1: image h.org/i:1: 12 of 13 MB\n"
           "chainer: node n1: image h.org/i:1: ready in 0.2 s, 1.4 MB (resolve 0.0 s)\n"
           "/p: version `GLIBC_2.34' not found\nmore\n",
           1));
  EXPECT_EQ(found_in(survey),
            "problem: the MPI probe fails in a container: /p: version `GLIBC_2.34' not found\n");
  EXPECT_EQ(survey.findings[0].next,
            "an image with glibc 2.35 or newer: the probe does not run in others");
}

TEST(MpiSurvey, NamesTheReasonThatComesBehindWhatSlurmSaysOfTheEnd) {
  const auto survey = read_mpi_job(
      half("outside", small_mpi_report()) +
      half("inside",
           "slurmstepd-n1: error: *** STEP 6.1 ON n1 CANCELLED AT 2026-11-27T01:28:46 ***\n"
           "srun: Job step aborted: Waiting up to 32 seconds for job step to finish.\n"
           "slurmstepd-n2: error: execve(): /p: No such file or directory\n",
           2));
  EXPECT_EQ(found_in(survey),
            "problem: the MPI probe fails in a container: slurmstepd-n2: error: execve(): /p: No "
            "such file or directory\n");
}

TEST(MpiText, ShowsBothPlacesAndTheVerdict) {
  const auto survey =
      read_mpi_job(half("outside", with_times(10, 1000)) + half("inside", with_times(10, 1010)));
  EXPECT_EQ(mpi_text(survey, "docker://h.org/i:1", Colour::off),
            R"(image  docker://h.org/i:1
                      outside                                         in the container
MPI                   Open MPI v4.1.4                                 Open MPI v4.1.4
its library           /usr/lib/libmpi.so.40.30.4                      /usr/lib/libmpi.so.40.30.4
its PMIx              4.2.2                                           4.2.2
Slurm's PMIx          3.2.3                                           3.2.3
chosen by             ob1                                             ob1
way                   TCP over eth0                                   TCP over eth0
message, 8 bytes      10.00 us                                        10.00 us
message, 4 MiB        4.19 GB/s                                       4.15 GB/s
sum of all, 8 bytes   20.00 us                                        20.00 us
verdict: in the container MPI goes by TCP over eth0, at most 1.0 % slower than outside of it (messages of 4 MiB); the nodes have no faster network
)");
}

}  // namespace
}  // namespace chainer::doctor::mpi_survey_test
