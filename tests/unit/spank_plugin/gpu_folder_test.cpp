#include "spank_plugin/gpu_folder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace chainer::gpu_folder_test {
namespace {

bool has_gpus_with(std::uint32_t step, std::vector<std::string> variables) {
  std::vector<char*> environment;
  for (auto& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  return has_gpus(step, environment.data());
}

TEST(GpusOfAStep, AreThoseThatSlurmGaveIt) {
  EXPECT_TRUE(has_gpus_with(0, {"SLURM_STEP_GPUS=0,1", "CUDA_VISIBLE_DEVICES=0,1"}));
  EXPECT_TRUE(has_gpus_with(batch_step, {"SLURM_JOB_GPUS=3"}));
  EXPECT_FALSE(has_gpus_with(0, {"HOME=/home/ada"}));
  EXPECT_FALSE(has_gpus(0, nullptr));
}

TEST(GpusOfAStep, AreNotThoseOfItsJobAlone) {
  EXPECT_FALSE(has_gpus_with(0, {"SLURM_JOB_GPUS=0"}));
  EXPECT_FALSE(has_gpus_with(batch_step, {"SLURM_STEP_GPUS=0"}));
}

TEST(GpusOfAStep, MayBeSharedOrKnownToTheDriverAlone) {
  EXPECT_TRUE(has_gpus_with(0, {"CUDA_VISIBLE_DEVICES=0"}));
  EXPECT_TRUE(has_gpus_with(0, {"CUDA_VISIBLE_DEVICES=MIG-5c3ab0a2"}));
  EXPECT_FALSE(has_gpus_with(0, {"CUDA_VISIBLE_DEVICES="}));
  EXPECT_FALSE(has_gpus_with(0, {"CUDA_VISIBLE_DEVICES=NoDevFiles"}));
  EXPECT_FALSE(has_gpus_with(0, {"NOT_CUDA_VISIBLE_DEVICES=0"}));
}

}  // namespace
}  // namespace chainer::gpu_folder_test
