#include "core/byte_size.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace chainer::byte_size_test {
namespace {

TEST(ByteSize, ReadsDockersUnitsInEitherCase) {
  EXPECT_EQ(ByteSize::parse("7")->bytes(), 7u);
  EXPECT_EQ(ByteSize::parse("7b")->bytes(), 7u);
  EXPECT_EQ(ByteSize::parse("64m")->bytes(), 64u << 20);
  EXPECT_EQ(ByteSize::parse("64M")->bytes(), 64u << 20);
  EXPECT_EQ(ByteSize::parse("3k")->bytes(), 3u << 10);
  EXPECT_EQ(ByteSize::parse("16g")->bytes(), std::uint64_t{16} << 30);
}

TEST(ByteSize, RefusesWhatIsNoSize) {
  for (const auto* text :
       {"", "m", "0", "0g", "-1g", "+1g", " 1g", "1 g", "1gb", "1.5g", "1t", "0x10",
        "9223372036854775808", "8589934592g", "99999999999999999999999"}) {
    EXPECT_FALSE(ByteSize::parse(text)) << text;
  }
}

TEST(ByteSize, KeepsTheLargestThatFits) {
  EXPECT_EQ(ByteSize::parse("9223372036854775807")->bytes(), 9223372036854775807u);
  EXPECT_TRUE(ByteSize::parse("8589934591g"));
}

TEST(ByteSize, WritesTheShortestExactForm) {
  for (const auto* text : {"64m", "1536k", "7b", "2g", "1025b"}) {
    EXPECT_EQ(ByteSize::parse(text)->to_string(), text);
  }
  EXPECT_EQ(ByteSize::parse("1024m")->to_string(), "1g");
}

RC_GTEST_PROP(ByteSize, ReadsWhatItWrites, ()) {
  const auto number = *rc::gen::inRange<std::uint64_t>(1, 1 << 20);
  const auto size = ByteSize::from_bytes(number << *rc::gen::inRange(0, 40));
  RC_ASSERT(ByteSize::parse(size.to_string())->bytes() == size.bytes());
}

}  // namespace
}  // namespace chainer::byte_size_test
