#include "spank_plugin/image_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using namespace std::string_view_literals;

TEST(AnImagesConf, HoldsVariablesAndTheWorkingDirectory) {
  const auto image =
      parse_image_conf("env=A=1\0env=B=x=y\nz\0env=EMPTY=\0workdir=/work\0digest=sha256:ab\0"sv);
  EXPECT_THAT(image.variables, ElementsAre(Pair("A", "1"), Pair("B", "x=y\nz"), Pair("EMPTY", "")));
  EXPECT_EQ(image.workdir, "/work");
}

TEST(AnImagesConf, IsReadPastWhatMakesNoSense) {
  const auto image =
      parse_image_conf("env=\0env==x\0env=NAME\0workdir=relative\0later=1\0\0env=A=1\0cut off"sv);
  EXPECT_THAT(image.variables, ElementsAre(Pair("A", "1")));
  EXPECT_EQ(image.workdir, "");
}

TEST(AnImagesConf, ThatIsEmptyHasNoEnvironment) {
  EXPECT_THAT(parse_image_conf("").variables, IsEmpty());
}

TEST(TheImagesVariables, LeaveThoseOfTheLaunchAlone) {
  ImageEnvironment image;
  for (const auto* name : {"SLURM_JOB_ID", "SLURMD_NODENAME", "PMIX_RANK", "PMI_SIZE", "SPANK_X",
                           "CHAINER_SUBMIT_IMAGE", "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
                           "PATH", "CUDA_HOME", "SLURM"}) {
    image.variables.emplace_back(name, "of image");
  }
  EXPECT_THAT(variables_for_task(image, {}),
              ElementsAre(Pair("PATH", "of image"), Pair("CUDA_HOME", "of image"),
                          Pair("SLURM", "of image")));
}

TEST(TheImagesVariables, LeaveThoseAloneThatTheJobKeeps) {
  const ImageEnvironment image{{{"A", "1"}, {"AB", "2"}}, ""};
  EXPECT_THAT(variables_for_task(image, {"A", "C"}), ElementsAre(Pair("AB", "2")));
}

}  // namespace
}  // namespace chainer
