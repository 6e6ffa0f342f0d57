#include "spank_plugin/runtime_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace chainer::runtime_command_test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;

RuntimeOrder order(Runtime runtime, std::vector<RuntimeBind> binds = {}) {
  return {runtime,
          "/usr/bin/" + name_of(runtime),
          "/run/chainer/container/image",
          "/run/chainer/container/work/0",
          std::move(binds),
          "/opt/chainer/start"};
}

TEST(TheCommandLine, OfApptainerMountsNothingByItself) {
  EXPECT_THAT(runtime_command(order(Runtime::apptainer)),
              ElementsAre("/usr/bin/apptainer", "--silent", "exec", "--no-home", "--no-mount",
                          "home,tmp,cwd,bind-paths", "--pwd", "/", "/run/chainer/container/image",
                          "/opt/chainer/start"));
}

TEST(TheCommandLine, OfSingularityIsTheSame) {
  auto words = runtime_command(order(Runtime::singularity, {{"/data", "/data"}}));
  EXPECT_EQ(words[0], "/usr/bin/singularity");
  words[0] = "/usr/bin/apptainer";
  EXPECT_EQ(words, runtime_command(order(Runtime::apptainer, {{"/data", "/data"}})));
}

TEST(TheCommandLine, OfApptainerHasEachBindInItsOrder) {
  const auto words = runtime_command(
      order(Runtime::apptainer, {{"/data", "/mnt"}, {"/data/a", "/mnt/b", Access::read_only}}));
  EXPECT_EQ(std::vector<std::string>(words.begin() + 8, words.end() - 2),
            (std::vector<std::string>{"--mount", R"(type=bind,"source=/data","destination=/mnt")",
                                      "--mount",
                                      R"(type=bind,"source=/data/a","destination=/mnt/b",ro)"}));
}

TEST(TheCommandLine, OfPodmanKeepsEverythingInTheTasksFolder) {
  const auto words = runtime_command(order(Runtime::podman));
  EXPECT_THAT(words, IsSupersetOf({"--root=/run/chainer/container/work/0/storage",
                                   "--runroot=/run/chainer/container/work/0/run",
                                   "--tmpdir=/run/chainer/container/work/0/tmp"}));
  EXPECT_EQ(
      std::vector<std::string>(words.end() - 3, words.end()),
      (std::vector<std::string>{"--rootfs", "/run/chainer/container/image", "/opt/chainer/start"}));
}

TEST(TheCommandLine, OfPodmanHasAPlaceForTheNumberOfDescriptors) {
  const auto words = runtime_command(order(Runtime::podman));
  const auto option = std::ranges::find(words, "--preserve-fds");
  ASSERT_NE(option, words.end());
  EXPECT_EQ(*(option + 1), "0");
}

TEST(TheCommandLine, OfPodmanHasEachBind) {
  EXPECT_THAT(
      runtime_command(order(Runtime::podman, {{"/a,b", "/mnt"}, {"/c", "/d", Access::read_only}})),
      IsSupersetOf(
          {R"(--mount=type=bind,"source=/a,b","destination=/mnt",bind-propagation=rslave)",
           R"(--mount=type=bind,"source=/c","destination=/d",ro,bind-propagation=rslave)"}));
}

TEST(TheCommandLine, OfApptainerTakesNoPartOfAPathForAnOption) {
  EXPECT_THAT(runtime_command(order(Runtime::apptainer, {{R"(/a,ro"b:c)", "/d e,type=tmpfs"}})),
              Contains(R"(type=bind,"source=/a,ro""b:c","destination=/d e,type=tmpfs")"));
}

}  // namespace
}  // namespace chainer::runtime_command_test
