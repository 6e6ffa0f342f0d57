#include "node/manifest.hpp"

#include <gtest/gtest.h>

#include "node/image_config.hpp"

namespace chainer {
namespace {

const std::string one = "sha256:" + std::string(64, '1');
const std::string two = "sha256:" + std::string(64, '2');

std::string descriptor(const std::string& digest, const std::string& more = "") {
  return R"({"digest":")" + digest + R"(","size":7)" + more + "}";
}

TEST(Manifest, ListsConfigAndLayers) {
  const auto document = parse_manifest(R"({"config":)" + descriptor(one) + R"(,"layers":[)" + descriptor(two) + "]}");
  ASSERT_TRUE(document);
  const auto& manifest = std::get<ImageManifest>(*document);
  EXPECT_EQ(manifest.config.digest.to_string(), one);
  ASSERT_EQ(manifest.layers.size(), 1U);
  EXPECT_EQ(manifest.layers[0].size, 7U);
}

TEST(Manifest, AnIndexGivesThePlatformThatIsWanted) {
  const auto document = parse_manifest(
      R"({"manifests":[)" + descriptor(one, R"(,"platform":{"os":"linux","architecture":"arm64"})") + "," +
      descriptor(two, R"(,"platform":{"os":"linux","architecture":"amd64"})") + "]}");
  ASSERT_TRUE(document);
  const auto& index = std::get<ImageIndex>(*document);
  const auto chosen = choose_platform(index, {"linux", "amd64", ""});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->digest.to_string(), two);
  const auto missing = choose_platform(index, {"linux", "s390x", ""});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().what, "the image is not there for linux/s390x, only for: linux/arm64, linux/amd64");
}

TEST(Manifest, WhatIsNoneIsRefused) {
  for (const auto& text : {std::string(""), std::string("{}"), std::string("[1]"), std::string(R"({"layers":[]})"),
                           R"({"config":)" + descriptor("sha256:1") + R"(,"layers":[]})",
                           R"({"config":{"digest":")" + one + R"(","size":-1},"layers":[]})",
                           R"({"config":)" + descriptor(one) + R"(,"layers":[3]})",
                           std::string(R"({"schemaVersion":1,"fsLayers":[]})")}) {
    EXPECT_FALSE(parse_manifest(text)) << text;
  }
}

TEST(Manifest, HugeCountsAndSizesAreRefused) {
  std::string layers;
  for (std::size_t i = 0; i <= most_layers; ++i) layers += (i == 0 ? "" : ",") + descriptor(two);
  EXPECT_FALSE(parse_manifest(R"({"config":)" + descriptor(one) + R"(,"layers":[)" + layers + "]}"));
  const std::string huge = R"({"digest":")" + two + R"(","size":9223372036854775807})";
  EXPECT_FALSE(parse_manifest(R"({"config":)" + descriptor(one) + R"(,"layers":[)" + huge + "," + huge + "]}"));
}

TEST(ImageConfig, BecomesRecords) {
  const auto config = parse_image_config(
      R"({"config":{"Env":["A=b c","PATH=/x","broken"],"WorkingDir":"/srv"},"rootfs":{"diff_ids":[")" + one + R"("]}})");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->diff_ids.size(), 1U);
  const std::string expected("env=A=b c\0env=PATH=/x\0workdir=/srv\0", 35);
  EXPECT_EQ(image_conf(*config, *Digest::parse(two)), expected + "digest=" + two + '\0');
}

TEST(ImageConfig, CannotForgeARecord) {
  EXPECT_FALSE(parse_image_config(R"({"config":{"Env":["A=b\u0000digest=x"]}})"));
  EXPECT_FALSE(parse_image_config(R"({"config":{"WorkingDir":"/\u0000env=A=b"}})"));
  EXPECT_TRUE(parse_image_config("{}"));
  EXPECT_FALSE(parse_image_config("null"));
}

}  // namespace
}  // namespace chainer
