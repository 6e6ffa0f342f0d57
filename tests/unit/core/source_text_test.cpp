#include "core/source_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace chainer::source_text_test {
namespace {

TEST(SourceText, GivesLinesWithoutTheirEnds) {
  const SourceText text("a\r\n\nb");
  EXPECT_EQ(text.line(1), "a");
  EXPECT_EQ(text.line(2), "");
  EXPECT_EQ(text.line(3), "b");
  EXPECT_EQ(text.line(4), "");
  EXPECT_EQ(text.line(0), "");
  EXPECT_EQ(SourceText("").line(1), "");
}

TEST(SourceText, CountsCharactersOfSeveralBytes) {
  const SourceText text("aé€\né😀b");
  EXPECT_EQ(text.byte_column(1, 1), 1u);
  EXPECT_EQ(text.byte_column(1, 3), 4u);
  EXPECT_EQ(text.byte_column(2, 2), 3u);
  EXPECT_EQ(text.byte_column(2, 3), 7u);
  EXPECT_EQ(text.byte_column(2, 9), 8u);  // behind the end
  EXPECT_EQ(text.byte_column(7, 9), 9u);  // no such line
}

TEST(SourceText, FindsEveryColumnOfALongLine) {
  std::string line = "x\n";
  for (int i = 0; i < 2000; ++i) line += i % 3 == 0 ? "€" : "a";
  const SourceText text(line);
  std::uint32_t bytes = 1;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    ASSERT_EQ(text.byte_column(2, i + 1), bytes) << i;
    bytes += i % 3 == 0 ? 3 : 1;
  }
}

}  // namespace
}  // namespace chainer::source_text_test
