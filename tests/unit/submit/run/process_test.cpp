#include "submit/run/process.hpp"

#include <gtest/gtest.h>

namespace chainer::process_test {
namespace {

const std::vector<std::string> plain{"PATH=/usr/bin:/bin"};

TEST(ProcessRunner, CollectsBothStreamsAndTheCode) {
  run::RealProcessRunner processes;
  const auto finished = processes.run({"sh", "-c", "echo out; echo err >&2; exit 7"}, plain);
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->out, "out\n");
  EXPECT_EQ(finished->err, "err\n");
  EXPECT_EQ(finished->code, 7);
}

TEST(ProcessRunner, IsNotHeldUpByAFullPipe) {
  run::RealProcessRunner processes;
  const auto finished =
      processes.run({"sh", "-c", "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"}, plain);
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->out.size(), 300000u);
  EXPECT_EQ(finished->err.size(), 300000u);
}

TEST(ProcessRunner, SaysWhichSignalEndedAProgramAndWhatCannotStart) {
  run::RealProcessRunner processes;
  EXPECT_EQ(processes.run({"sh", "-c", "kill -9 $$"}, plain)->code, 137);
  const auto missing = processes.run({"no-such-program"}, plain);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().what, "cannot run no-such-program: No such file or directory");
}

}  // namespace
}  // namespace chainer::process_test
