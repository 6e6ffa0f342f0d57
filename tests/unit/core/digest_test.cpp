#include "core/digest.hpp"

#include <gtest/gtest.h>

namespace chainer::digest_test {
namespace {

const std::string hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Digest, IsReadAndWrittenTheSame) {
  const auto digest = Digest::parse("sha256:" + hex);
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->to_string(), "sha256:" + hex);
  EXPECT_EQ(digest->bytes()[0], 0xe3);
}

TEST(Digest, RefusesUpperCaseOtherLengthsAndOtherAlgorithms) {
  std::string upper = hex;
  upper[0] = 'E';
  for (const auto& text : {upper, hex.substr(1), hex + "0", std::string{}, std::string(64, 'g')}) {
    EXPECT_FALSE(Digest::parse("sha256:" + text)) << text;
  }
  EXPECT_FALSE(Digest::parse("sha512:" + hex));
  EXPECT_FALSE(Digest::parse(hex));
}

TEST(Digest, SaysWhatADigestLooksLike) {
  const auto digest = Digest::parse("sha256:abc");
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().what, "'sha256:abc' is not a digest");
  EXPECT_EQ(digest.error().hint, "a digest is sha256: followed by 64 lower-case hex digits");
  EXPECT_EQ(digest.error().fault, Fault::user);
}

}  // namespace
}  // namespace chainer::digest_test
