#include "core/utf8_text.hpp"

#include <gtest/gtest.h>

namespace chainer::utf8_text_test {
namespace {

using namespace std::string_literals;

std::string read(std::string bytes) {
  const auto text = utf8_text(std::move(bytes));
  return text ? *text : "error: " + text.error().what;
}

TEST(Utf8Text, LosesItsByteOrderMark) {
  EXPECT_EQ(read("plain é"), "plain é");
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("\xef\xbb\xbfnumpy"), "numpy");
  EXPECT_EQ(read("caf\xe9"), "caf\xe9");
}

TEST(Utf8Text, ReadsWhatAMarkAnnounces) {
  EXPECT_EQ(read("\xff\xfe"s + "n\0\xe9\0\n\0"s), "né\n");
  EXPECT_EQ(read("\xfe\xff"s + "\0n\0\xe9"s), "né");
  EXPECT_EQ(read("\xff\xfe"s + "\x3d\xd8\x00\xde"s), "😀");
  EXPECT_EQ(read("\xff\xfe\0\0"s + "n\0\0\0\x00\xf6\x01\0"s), "n😀");
  EXPECT_EQ(read("\0\0\xfe\xff"s + "\0\0\0n"s), "n");
}

TEST(Utf8Text, ReplacesHalvesOfPairs) {
  EXPECT_EQ(read("\xff\xfe"s + "\x3d\xd8n\0"s), "\ufffdn");
  EXPECT_EQ(read("\xff\xfe"s + "\x00\xden\0"s), "\ufffdn");
  EXPECT_EQ(read("\xff\xfe"s + "\x3d\xd8"s), "\ufffd");
  EXPECT_EQ(read("\xff\xfe\0\0"s + "\xff\xff\xff\xff"s), "\ufffd");
}

TEST(Utf8Text, RefusesWhatIsNoText) {
  EXPECT_EQ(read("\xff\xfen"), "error: it is no text that can be read: it is cut short");
  EXPECT_EQ(read("n\0u\0"s),
            "error: it is no text that can be read: it holds NUL bytes, as UTF-16 without a byte "
            "order mark does");
}

}  // namespace
}  // namespace chainer::utf8_text_test
