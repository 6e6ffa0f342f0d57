#include "node/doctor/gpu_speed.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "small_gpu_report.hpp"

namespace chainer::doctor::gpu_speed_test {
namespace {

/// A script in a folder that root alone can change, where root runs this.
class FakeProbe {
 public:
  explicit FakeProbe(const std::string& body) {
    char folder[] = "/var/lib/gpu-probe-XXXXXX";
    char plain_folder[] = "/tmp/gpu-probe-XXXXXX";
    folder_ = ::geteuid() == 0 ? ::mkdtemp(folder) : ::mkdtemp(plain_folder);
    std::ofstream(path()) << "#!/bin/sh\n" << body;
    ::chmod(path().c_str(), 0755);
  }
  ~FakeProbe() { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_ + "/probe"; }

 private:
  std::string folder_;
};

/// Level, what and why of each finding.
std::string summary(const HealthFindings& findings) {
  std::string text;
  for (const auto& one : findings) {
    EXPECT_FALSE(one.next.empty()) << one.what;
    text += std::string(name_of(one.level)) + ": " + one.what + ": " + one.why + "\n";
  }
  return text;
}

TEST(GpuSpeed, IsWhatTheProbeSays) {
  const FakeProbe probe("[ \"$*\" = --json ] && cat <<'END'\n" +
                        gpu_report_json(small_gpu_report()) + "END\nexit 1\n");
  const auto speed = measure_gpus(probe.path());
  ASSERT_TRUE(speed.report) << speed.failure->what;
  EXPECT_EQ(*speed.report, small_gpu_report());
  EXPECT_EQ(summary(check_gpu_speed(speed)),
            "problem: it smokes: programs on this GPU fail, or compute something wrong\n");
}

TEST(GpuSpeed, IsUnseenWithoutAProbe) {
  EXPECT_EQ(summary(check_gpu_speed(measure_gpus("chainer-gpu-probe"))),
            "unseen: how fast the GPUs are: there is no chainer-gpu-probe beside chainer-node\n");
}

TEST(GpuSpeed, IsUnseenWhereTheProbeFails) {
  const FakeProbe complaining("echo 'it is broken' >&2\nexit 4\n"), silent("exit 4\n");
  EXPECT_EQ(summary(check_gpu_speed(measure_gpus(complaining.path()))),
            "unseen: how fast the GPUs are: the GPU probe fails: it is broken\n");
  EXPECT_EQ(summary(check_gpu_speed(measure_gpus(silent.path()))),
            "unseen: how fast the GPUs are: the GPU probe fails: it ends with 4\n");
}

TEST(GpuSpeed, IsUnseenWhereThereIsNoGpu) {
  GpuReport report{"1.2.3", "", "", "13.0"};
  report.problems = {{"no GPU or no driver: none", "buy one"}};
  EXPECT_EQ(summary(check_gpu_speed({"/p", {}, report})),
            "unseen: how fast the GPUs are: no GPU or no driver: none\n");
}

}  // namespace
}  // namespace chainer::doctor::gpu_speed_test
