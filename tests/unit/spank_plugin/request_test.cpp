#include "spank_plugin/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string hex(64, 'a');

RawOptions with(std::initializer_list<std::pair<Option, const char*>> values) {
  RawOptions options;
  for (const auto& [option, value] : values) options.set(option, value);
  return options;
}

Result<Request> request_of(const RawOptions& options, const std::string& resolved = "") {
  return make_request(options, resolved, PluginConf{});
}

std::string refusal_of(const RawOptions& options) {
  const auto request = request_of(options);
  return request ? "accepted" : request.error().what;
}

TEST(TheOptions, AskForSomethingWithAnImageAnEnvironmentASizeOrAMount) {
  for (const auto option : {Option::image, Option::env, Option::shm_size, Option::mount}) {
    EXPECT_TRUE(asks_for_something(with({{option, "x"}})));
    EXPECT_FALSE(asks_for_something(with({{option, "x"}, {Option::off, "1"}})));
  }
  EXPECT_FALSE(asks_for_something({}));
  EXPECT_FALSE(asks_for_something(with({{Option::keep, "HOME"}, {Option::batch, "1"}})));
}

TEST(ARequest, HoldsWhatWasAskedFor) {
  const auto request = request_of(with({{Option::image, "debian:12"}, {Option::env, "lock"}, {Option::shm_size, "3m"},
                                        {Option::mount, "/a:/b"}, {Option::mount, "/c:/d:ro"}, {Option::workdir, "/w"},
                                        {Option::writable, "1"}, {Option::keep, "A,B"}, {Option::auth, "file"}}));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->image->reference.text(), "debian:12");
  EXPECT_FALSE(request->image->digest);
  EXPECT_EQ(request->image->auth_file, "file");
  EXPECT_EQ(request->env_file, "lock");
  EXPECT_EQ(request->shm_size.bytes(), 3u << 20);
  ASSERT_EQ(request->mounts.size(), 2u);
  EXPECT_EQ(request->mounts[1].access, Access::read_only);
  EXPECT_EQ(request->workdir, "/w");
  EXPECT_TRUE(request->writable);
  EXPECT_THAT(request->keep, ElementsAre("A", "B"));
  EXPECT_EQ(request->placement, Placement::in_container);
}

TEST(ARequest, TakesTheSitesSizeWhenItNamesNone) {
  EXPECT_EQ(request_of(with({{Option::image, "debian"}}))->shm_size.bytes(), PluginConf{}.default_shm_size.bytes());
}

TEST(ARequest, ThatPreparesStaysOnTheHost) {
  EXPECT_EQ(request_of(with({{Option::image, "debian"}, {Option::prepare, "1"}}))->placement, Placement::on_host);
}

TEST(TheDigest, IsThatOfAPinnedReference) {
  const auto reference = "debian@sha256:" + hex;
  EXPECT_EQ(request_of(with({{Option::image, reference.c_str()}}))->image->digest->hex(), hex);
}

TEST(TheDigest, IsWhatSrunResolvedForThatVeryReference) {
  const auto options = with({{Option::image, "debian:12"}});
  EXPECT_EQ(request_of(options, "debian:12\nsha256:" + hex)->image->digest->hex(), hex);
  const std::string forgeries[] = {"debian:13\nsha256:" + hex, "debian:12\nsha256:short", "sha256:" + hex, hex};
  for (const auto& forged : forgeries) {
    EXPECT_FALSE(request_of(options, forged)->image->digest) << forged;
  }
}

TEST(TheDigest, OfAPinnedReferenceCannotBeReplaced) {
  const auto reference = "debian@sha256:" + hex;
  const auto request = request_of(with({{Option::image, reference.c_str()}}), reference + "\nsha256:" + std::string(64, 'b'));
  EXPECT_EQ(request->image->digest->hex(), hex);
}

TEST(AnUncheckedValue, IsRefusedByItsOption) {
  EXPECT_THAT(refusal_of(with({{Option::shm_size, "plenty"}})), HasSubstr("--chainer-shm-size: "));
  EXPECT_THAT(refusal_of(with({{Option::image, "::"}})), HasSubstr("--chainer-image: "));
  EXPECT_THAT(refusal_of(with({{Option::image, "debian"}, {Option::mount, "x"}})), HasSubstr("--chainer-mount: "));
  EXPECT_THAT(refusal_of(with({{Option::image, "debian"}, {Option::workdir, "x"}})), HasSubstr("--chainer-workdir: "));
}

TEST(WithoutAnImage, ThereIsNothingToPutAnythingInto) {
  EXPECT_EQ(refusal_of(with({{Option::env, "lock"}})), "--chainer-env needs an image");
  EXPECT_EQ(refusal_of(with({{Option::mount, "/a:/b"}})), "--chainer-mount needs an image");
  EXPECT_EQ(refusal_of(with({{Option::shm_size, "1m"}, {Option::writable, "1"}})), "--chainer-writable needs an image");
  EXPECT_EQ(refusal_of(with({{Option::shm_size, "1m"}, {Option::workdir, "/w"}})), "--chainer-workdir needs an image");
}

}  // namespace
}  // namespace chainer
