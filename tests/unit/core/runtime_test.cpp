#include "core/runtime.hpp"

#include <gtest/gtest.h>

namespace chainer::runtime_test {
namespace {

TEST(ARuntime, IsReadByItsName) {
  for (const auto runtime :
       {Runtime::native, Runtime::apptainer, Runtime::singularity, Runtime::podman}) {
    const auto read = parse_runtime(name_of(runtime));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, runtime);
  }
}

TEST(ARuntime, ThatNobodyKnowsIsRefusedByName) {
  const auto read = parse_runtime("rkt");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "'rkt' is not a runtime that can be used");
  EXPECT_EQ(read.error().hint, "say one of native, apptainer, singularity, podman");
}

TEST(ARuntime, WhoseEngineIsOutsideOfTheJobIsRefusedWithTheReason) {
  const auto read = parse_runtime("docker");
  ASSERT_FALSE(read);
  EXPECT_EQ(
      read.error().what,
      "docker cannot make a step's container: its engine runs outside of the job, and whoever "
      "may use it is root on the node");
  EXPECT_EQ(
      read.error().hint,
      "say one of native, apptainer, singularity, podman; docker-daemon:NAME is an image of the "
      "engine's");
}

TEST(Runtimes, AreReadWithCommasBetweenThem) {
  const auto read = parse_runtimes("native, singularity");
  ASSERT_TRUE(read);
  EXPECT_EQ(names_of(*read), "native, singularity");
  EXPECT_FALSE(parse_runtimes("native,,apptainer"));
  EXPECT_FALSE(parse_runtimes("native,Apptainer"));
}

}  // namespace
}  // namespace chainer::runtime_test
