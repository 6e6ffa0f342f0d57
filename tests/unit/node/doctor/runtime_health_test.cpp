#include "node/doctor/runtime_health.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace chainer::doctor::runtime_health_test {
namespace {

/// A node with these programs.
class TheRuntimes : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = testing::TempDir() + "runtimes-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    conf_.runtimes = {Runtime::native, Runtime::podman, Runtime::apptainer};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void install(const char* program) {
    std::ofstream(folder_ + "/" + program) << "#!/bin/sh\n";
    ::chmod((folder_ + "/" + program).c_str(), 0755);
  }

  RuntimesFacts facts() const { return look_at_runtimes(conf_, "/nowhere:" + folder_); }

  std::string folder_;
  PluginConf conf_;
};

TEST_F(TheRuntimes, OfANodeAreThoseWhoseProgramsItHas) {
  for (const auto* program : {"podman", "conmon", "crun", "singularity"}) install(program);
  EXPECT_EQ(names_of(facts().usable()), "native, podman");
  EXPECT_TRUE(facts().concern_the_node());
}

TEST_F(TheRuntimes, ThatAreAllowedAndMissingAreNamed) {
  install("podman");
  const auto found = check_runtimes(facts());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].what, "this node has no conmon, crun");
  EXPECT_EQ(found[0].where,
            "'runtimes' in plugin.conf allows podman; looked in /nowhere:" + folder_);
  EXPECT_EQ(found[0].why, "--chainer-runtime=podman fails here");
  EXPECT_EQ(found[1].what, "this node has no apptainer");
}

TEST_F(TheRuntimes, OfWhichOnlyTheNativeOneIsAllowedNeedNothing) {
  conf_.runtimes = {Runtime::native};
  EXPECT_TRUE(check_runtimes(facts()).empty());
  EXPECT_FALSE(facts().concern_the_node());
}

}  // namespace
}  // namespace chainer::doctor::runtime_health_test
