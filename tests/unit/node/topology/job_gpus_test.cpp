#include "node/topology/job_gpus.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/text_file.hpp"

namespace chainer::topology::job_gpus_test {
namespace {

const std::vector<Gpu> four{{"0000:17:00.0", "", {0}},
                            {"0000:2a:00.0", "", {1}},
                            {"0000:97:00.0", "", {2}},
                            {"0000:aa:00.0", "", {3}}};

std::string places(const std::vector<Gpu>& gpus) {
  std::string text;
  for (const auto& gpu : gpus) text += (gpu.place.empty() ? "unknown" : gpu.place) + "\n";
  return text;
}

TEST(JobGpus, AreThoseOfSlurmsListByTheirPlaces) {
  EXPECT_EQ(places(gpus_of_job(four, "3,1", {})), "0000:2a:00.0\n0000:aa:00.0\n");
  EXPECT_EQ(places(gpus_of_job(four, "2-3", {})), "0000:97:00.0\n0000:aa:00.0\n");
  EXPECT_EQ(places(gpus_of_job(four, "", {})), "");
}

TEST(JobGpus, AreFoundByTheNumbersOfTheirDeviceFiles) {
  const std::map<std::string, unsigned> numbers{
      {"0000:17:00.0", 3}, {"0000:2a:00.0", 2}, {"0000:97:00.0", 1}, {"0000:aa:00.0", 0}};
  EXPECT_EQ(places(gpus_of_job(four, "0,1", numbers)), "0000:97:00.0\n0000:aa:00.0\n");
}

TEST(JobGpus, AreKnownToBeThereEvenWhereNothingIsKnownOfThem) {
  EXPECT_EQ(places(gpus_of_job({}, "0,1", {})), "unknown\nunknown\n");
  EXPECT_EQ(places(gpus_of_job(four, "7", {})), "unknown\n");
}

TEST(JobGpus, HaveTheNumbersThatTheDriverSays) {
  const auto folder =
      std::filesystem::path(testing::TempDir()) / ("gpus." + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "0000:17:00.0");
  std::filesystem::create_directories(folder / "0000:2a:00.0");
  ASSERT_TRUE(replace_file(folder / "0000:17:00.0/information",
                           "Model: \t\t NVIDIA H100 80GB HBM3\nBus Location: \t 0000:17:00.0\n"
                           "Device Minor: \t 5\nGPU Excluded:\t No\n"));
  ASSERT_TRUE(replace_file(folder / "0000:2a:00.0/information", "Device Minor: \t ?\n"));
  EXPECT_EQ(device_numbers(folder), (std::map<std::string, unsigned>{{"0000:17:00.0", 5}}));
  std::filesystem::remove_all(folder);
  EXPECT_TRUE(device_numbers(folder).empty());
}

TEST(JobGpus, AreAtMostThoseOfTheMachine) {
  EXPECT_EQ(places(*first_gpus(four, 1)), "0000:17:00.0\n");
  const auto five = first_gpus(four, 5);
  ASSERT_FALSE(five);
  EXPECT_EQ(five.error().what, "the machine has 4 GPUs, not 5");
}

}  // namespace
}  // namespace chainer::topology::job_gpus_test
