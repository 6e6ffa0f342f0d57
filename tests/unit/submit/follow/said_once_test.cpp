#include "submit/follow/said_once.hpp"

#include <gtest/gtest.h>

namespace chainer::said_once_test {
namespace {

TEST(SaidOnce, ShowsAMistakeThatEveryNodeReportsOnce) {
  follow::SaidOnce log;
  EXPECT_EQ(log.take("chainer: node n2, step 4.0: cannot resolve: no\nnext: correct it\n"
                     "chainer: node n1, step 4.0: cannot resolve: no\nnext: correct it\n"
                     "chainer: node n3, step 4.0: cannot mount: no\n"),
            "chainer: node n2, step 4.0: cannot resolve: no\nnext: correct it\n"
            "chainer: node n3, step 4.0: cannot mount: no\n");
}

TEST(SaidOnce, ShowsTheProgressOfEachNode) {
  follow::SaidOnce log;
  EXPECT_EQ(log.take("chainer: node n1: image a, step 1: 1 of 2 MB\n"
                     "chainer: node n2: image a, step 1: 1 of 2 MB\n"
                     "chainer: node n2: image a, step 1: 1 of 2 MB\n"),
            "chainer: node n1: image a, step 1: 1 of 2 MB\n"
            "chainer: node n2: image a, step 1: 1 of 2 MB\n");
}

TEST(SaidOnce, LeavesTheLinesOfOthersAsTheyAre) {
  follow::SaidOnce log;
  EXPECT_EQ(log.take("a\n\na\nhalf"), "a\n\na\n");
  EXPECT_EQ(log.take(" a line\nchainer: "), "half a line\n");
  EXPECT_EQ(log.rest(), "chainer: ");
  EXPECT_EQ(log.rest(), "");
}

}  // namespace
}  // namespace chainer::said_once_test
