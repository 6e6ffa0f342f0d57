#include "spank_plugin/carried_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer::carried_options_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CarriedOptions, AreALineEach) {
  RawOptions options;
  options.give(Option::image, "debian:12");
  options.give(Option::mount, "/a:/b");
  options.give(Option::mount, "/c:/d:ro");
  options.give(Option::writable, "no");
  options.give(Option::keep, "A=B", Origin::variable);
  options.set_resolved("sha256:abc");
  EXPECT_EQ(*carried_text(options),
            "chainer-image=debian:12\n"
            "chainer-mount=/a:/b\n"
            "chainer-mount=/c:/d:ro\n"
            "chainer-writable=no\n"
            "variable chainer-keep=A=B\n"
            "digest=sha256:abc\n");
  EXPECT_EQ(*carried_text({}), "");
}

TEST(CarriedOptions, AreReadAsTheyWereGiven) {
  const auto options = read_carried_text(
      "chainer-mount=/a:/b\nchainer-mount=/c:/d:ro\nchainer-writable=no\n"
      "variable chainer-keep=A=B\ndigest=sha256:abc\n");
  ASSERT_TRUE(options);
  EXPECT_THAT(options->mounts(), ElementsAre("/a:/b", "/c:/d:ro"));
  EXPECT_EQ(options->origin_of(Option::mount), Origin::job);
  EXPECT_TRUE(options->is_given(Option::writable));
  EXPECT_FALSE(options->has(Option::writable));
  EXPECT_EQ(options->value_of(Option::keep), "A=B");
  EXPECT_EQ(options->origin_of(Option::keep), Origin::variable);
  EXPECT_EQ(options->resolved(), "sha256:abc");
}

TEST(CarriedOptions, OfAnotherVersionAreNotPassedOver) {
  const auto options = read_carried_text("chainer-image=debian\nchainer-later=1\n");
  ASSERT_FALSE(options);
  EXPECT_THAT(options.error().what, HasSubstr("'chainer-later'"));
}

TEST(CarriedOptions, ThatNobodyWroteAreBounded) {
  EXPECT_FALSE(read_carried_text("noise"));
  EXPECT_FALSE(read_carried_text(std::string(200'000, '\n')));
  std::string lines;
  for (int i = 0; lines.size() < 90'000; ++i)
    lines += "chainer-mount=/a:/" + std::to_string(i) + "\n";
  const auto options = read_carried_text(lines);
  ASSERT_TRUE(options);
  EXPECT_LT(options->mounts().size(), 300u);
}

TEST(CarriedOptions, ThatNoVariableCanHoldAreRefused) {
  RawOptions options;
  for (const auto option : {Option::image, Option::env})
    options.give(option, std::string(60'000, 'x'));
  const auto text = carried_text(options);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().fault, Fault::user);
}

}  // namespace
}  // namespace chainer::carried_options_test
