#include "core/container/image_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer::image_environment_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
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
  EXPECT_FALSE(parse_image_conf("entrypoint=/x\0"sv).entrypoint);
  EXPECT_THAT(*parse_image_conf("keeps=entrypoint\0"sv).entrypoint, IsEmpty());
  EXPECT_EQ(*parse_image_conf("keeps=entrypoint\0entrypoint=/x\0entrypoint=\0"sv).entrypoint,
            (std::vector<std::string>{"/x", ""}));
}

TEST(TheImagesVariables, LeaveThoseOfTheLaunchAlone) {
  ImageEnvironment image;
  for (const auto* name : {"SLURM_JOB_ID", "SLURMD_NODENAME", "PMIX_RANK", "PMI_SIZE", "SPANK_X",
                           "CHAINER_SUBMIT_IMAGE", "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
                           "HOME", "USER", "LOGNAME", "PATH", "CUDA_HOME", "SLURM"}) {
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

TEST(TheJobsVariables, AreDroppedByNameOrBeginning) {
  const std::vector<std::string> names{"PYTHONPATH", "PYTHONPATH2", "CONDA_EXE", "CONDA_", "PATH"};
  EXPECT_THAT(dropped_variables(names, {"PYTHONPATH", "CONDA_*"}, {}),
              ElementsAre("PYTHONPATH", "CONDA_EXE", "CONDA_"));
  EXPECT_THAT(dropped_variables(names, {"PYTHONPATH", "CONDA_*"}, {"PYTHONPATH", "CONDA_EXE"}),
              ElementsAre("CONDA_"));
  EXPECT_THAT(dropped_variables(names, {}, {}), IsEmpty());
}

TEST(AnAccountsVariables, AreThoseOfItsFirstLine) {
  const auto* passwd =
      "root:x:0:0:root:/root:/bin/sh\nshort:x:7\nme:x:7:7::/home/me:/bin/sh\nsame:x:7:7::/s:/bin/"
      "sh";
  EXPECT_THAT(account_variables(passwd, 7),
              ElementsAre(Pair("HOME", "/home/me"), Pair("USER", "me"), Pair("LOGNAME", "me")));
  EXPECT_THAT(account_variables(passwd, 8), IsEmpty());
}

}  // namespace
}  // namespace chainer::image_environment_test
