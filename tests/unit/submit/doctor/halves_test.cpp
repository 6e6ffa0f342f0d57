#include "submit/doctor/halves.hpp"

#include <gtest/gtest.h>

namespace chainer::halves_test {
namespace {

using doctor::words_of;

TEST(TheWordsOfAHalf, AreTheCauseWhicheverLineComesFirst) {
  const std::string why = "slurmstepd-n2: error: execve(): /p: No such file or directory\n";
  const std::string end =
      "srun: error: n2: task 1: Exited with exit code 2\n"
      "srun: launch/slurm: _step_signal: Terminating StepId=3.1\n";
  const auto cause = why.substr(0, why.size() - 1);
  EXPECT_EQ(words_of({why + end, 2}), cause);
  EXPECT_EQ(words_of({end + why, 2}), cause);
  EXPECT_EQ(words_of({"chainer: node n1: image i: ready in 0.2 s\n\n" + end + why, 2}), cause);
}

TEST(TheWordsOfAHalf, AreSrunsWhereNobodyElseSaysAnything) {
  EXPECT_EQ(words_of({"\nsrun: error: n2: task 1: Exited with exit code 2\n", 2}),
            "srun: error: n2: task 1: Exited with exit code 2");
  EXPECT_EQ(words_of({"srun: error: Unable to allocate resources\n", 1}),
            "srun: error: Unable to allocate resources");
  EXPECT_EQ(words_of({"\n", 7}), "it ends with 7 and says nothing");
}

}  // namespace
}  // namespace chainer::halves_test
