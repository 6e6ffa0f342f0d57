#include "core/gpu_report/gpu_report.hpp"

#include <gtest/gtest.h>

#include "core/gpu_report/gpu_findings.hpp"
#include "small_gpu_report.hpp"

namespace chainer::gpu_report_test {
namespace {

TEST(GpuReport, IsJsonInOneLine) {
  EXPECT_EQ(
      gpu_report_json(small_gpu_report()),
      R"({"probe":"1.2.3","driver":"580.95.05","cuda_of_driver":"13.0","cuda_runtime":"12.8",)"
      R"("gpus":[{"index":0,"name":"Card","uuid":"GPU-0","pci_bus_id":"0000:01:00.0",)"
      R"("compute_capability":"9.0","memory_bytes":8589934592,"ecc":{"is_on":true,)"
      R"("since_driver_load":{"corrected":3,"uncorrected":0},"ever":{"corrected":null,)"
      R"("uncorrected":null}},"stated_bytes_per_s":1000000000000.0,)"
      R"("host_to_device_bytes_per_s":25000000000.0,"device_to_host_bytes_per_s":null,)"
      R"("copy_buffer_bytes":1073741824,"device_copies":[{"by":"cudaMemcpy",)"
      R"("bytes_per_s":920000000000.0}],"share_of_stated":0.92,"launch_round_trip_us":7.5,)"
      R"("launch_interval_us":null}],"peers":[{"from":0,"to":1,"bytes_per_s":null}],)"
      R"("problems":[{"what":"it smokes","next":"put it out"}]})"
      "\n");
}

TEST(GpuReport, IsReadAsItWasWritten) {
  const auto report = small_gpu_report();
  const auto read = parse_gpu_report("srun: a word\n" + gpu_report_json(report) + "another\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, report);
}

TEST(GpuReport, IsNotReadWhereItIsNoneOrBroken) {
  EXPECT_EQ(parse_gpu_report("bash: no such file\n").error().what, "the GPU probe wrote no report");
  for (const auto* wrong : {"{\"probe\":\"1\"}", "{\"probe\":", "{\"probe\":[]}"}) {
    const auto read = parse_gpu_report(wrong);
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().what.starts_with("cannot read the GPU probe's report: "));
  }
}

TEST(GpuFindings, AreTheProblemsOfTheProbe) {
  const auto found = check_gpu_report(small_gpu_report());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0],
            (HealthFinding{HealthLevel::problem, "it smokes", "chainer-gpu-probe",
                           "programs on this GPU fail, or compute something wrong", "put it out"}));
}

TEST(GpuFindings, AreCardsThatAreSlow) {
  auto report = small_gpu_report();
  report.problems.clear();
  EXPECT_TRUE(check_gpu_report(report).empty());
  report.gpus[0].device_copies[0].bytes_per_s = 7.9e11;
  const auto found = check_gpu_report(report);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].level, HealthLevel::warning);
  EXPECT_EQ(found[0].what,
            "GPU 0 (Card) copies at 79 % of what its memory can do, and 90 % is usual");
}

TEST(GpuFindings, SayNothingOfACardThatStatesNothing) {
  auto report = small_gpu_report();
  report.problems.clear();
  report.gpus[0].stated_bytes_per_s.reset();
  report.gpus[0].device_copies[0].bytes_per_s = 1;
  EXPECT_TRUE(check_gpu_report(report).empty());
}

}  // namespace
}  // namespace chainer::gpu_report_test
