#include "core/container/handover.hpp"

#include <gtest/gtest.h>

namespace chainer::handover_test {
namespace {

TEST(AHandover, IsReadAsItWasWritten) {
  const Handover written{1000, 100, 1024, 7, true, {4, 5}};
  const auto read = Handover::parse(written.to_text());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->user, 1000U);
  EXPECT_EQ(read->group, 100U);
  EXPECT_EQ(read->open_files, 1024U);
  EXPECT_EQ(read->streams, 7);
  EXPECT_TRUE(read->has_terminal);
  EXPECT_EQ(read->fillers, (std::vector<int>{4, 5}));
}

TEST(AHandover, ThatIsNotOursIsRefused) {
  using namespace std::string_view_literals;
  EXPECT_FALSE(Handover::parse("1000\000100\0001024\0003\0"sv));
  EXPECT_FALSE(Handover::parse("1000\000100\0001024\0003\0no\0"sv));
  EXPECT_FALSE(Handover::parse(""));
}

}  // namespace
}  // namespace chainer::handover_test
