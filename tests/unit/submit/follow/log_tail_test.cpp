#include "submit/follow/log_tail.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "temporary_folder.hpp"

namespace chainer::log_tail_test {
namespace {

constexpr char text[] = "\x1b[1mepoch\t1\x1b[0m\r\n\x1b]0;title\x07 50 % \u00e4\n";

TEST(TheLog, OfOnesOwnRunIsShownAsItIs) {
  const TemporaryFolder folder;
  follow::LogTail log(folder.write("log", text));
  EXPECT_EQ(log.read_more(), text);
  EXPECT_EQ(log.read_more(), "");
}

TEST(TheLog, OfAnothersRunCannotSteerTheTerminal) {
  if (::geteuid() != 0) GTEST_SKIP() << "takes root: it gives a file to another account";
  const TemporaryFolder folder;
  const auto path = folder.write("log", text);
  ASSERT_EQ(::chown(path.c_str(), 65001, 65001), 0);
  follow::LogTail log(path);
  EXPECT_EQ(log.read_more(), "\\x1b[1mepoch\t1\\x1b[0m\r\n\\x1b]0;title\\x07 50 % \u00e4\n");
  EXPECT_EQ(log.read_more(), "");
}

}  // namespace
}  // namespace chainer::log_tail_test
