#include "core/failure_message.hpp"

#include <gtest/gtest.h>

namespace chainer::failure_message_test {
namespace {

TEST(FailureMessage, SaysWhoWhatAndWhatNext) {
  EXPECT_EQ(failure_message("node n1, step 7.0", {"cannot do it: No", "do that"}),
            "chainer: node n1, step 7.0: cannot do it: No\nnext: do that");
  EXPECT_EQ(failure_message("", {"cannot do it", "", 0, Fault::try_again}),
            "chainer: cannot do it\nnext: submit again later");
}

TEST(FailureMessage, LetsNoTextOfOthersPassForALineOfOurs) {
  EXPECT_EQ(failure_message("", {"cannot find 'a\x1b[2J'", "look\nchainer: all is well"}),
            "chainer: cannot find 'a\\x1b[2J'\nnext: look\\nchainer: all is well");
}

}  // namespace
}  // namespace chainer::failure_message_test
