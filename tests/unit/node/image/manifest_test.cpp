#include "node/image/manifest.hpp"

#include <gtest/gtest.h>

#include "node/image/image_config.hpp"

namespace chainer::manifest_test {
namespace {

const std::string one = "sha256:" + std::string(64, '1');
const std::string two = "sha256:" + std::string(64, '2');

std::string descriptor(const std::string& digest, const std::string& more = "") {
  return R"({"digest":")" + digest + R"(","size":7)" + more + "}";
}

TEST(Manifest, ListsConfigAndLayers) {
  const auto document = image::parse_manifest(R"({"schemaVersion":2,"config":)" + descriptor(one) +
                                              R"(,"layers":[)" + descriptor(two) + "]}");
  ASSERT_TRUE(document);
  const auto& manifest = std::get<image::ImageManifest>(*document);
  EXPECT_EQ(manifest.config.digest.to_string(), one);
  ASSERT_EQ(manifest.layers.size(), 1U);
  EXPECT_EQ(manifest.layers[0].size, 7U);
}

TEST(Manifest, AnIndexGivesThePlatformThatIsWanted) {
  const auto document = image::parse_manifest(
      R"({"schemaVersion":2,"manifests":[)" +
      descriptor(one, R"(,"platform":{"os":"linux","architecture":"arm64"})") + "," +
      descriptor(two, R"(,"platform":{"os":"linux","architecture":"amd64"})") + "]}");
  ASSERT_TRUE(document);
  const auto& index = std::get<image::ImageIndex>(*document);
  const auto chosen = image::choose_platform(index, {"linux", "amd64", ""});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->digest.to_string(), two);
  const auto missing = image::choose_platform(index, {"linux", "s390x", ""});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().what,
            "the image is not there for linux/s390x, only for: linux/arm64, linux/amd64");
}

TEST(Manifest, WhatIsNoneIsRefused) {
  for (const auto& text :
       {std::string(""), std::string("{}"), std::string("[1]"), std::string(R"({"layers":[]})"),
        R"({"schemaVersion":2,"config":)" + descriptor("sha256:1") + R"(,"layers":[]})",
        R"({"schemaVersion":2,"config":{"digest":")" + one + R"(","size":-1},"layers":[]})",
        R"({"schemaVersion":2,"config":)" + descriptor(one) + R"(,"layers":[3]})",
        std::string(R"({"schemaVersion":1,"fsLayers":[]})")}) {
    EXPECT_FALSE(image::parse_manifest(text)) << text;
  }
}

TEST(Manifest, HugeCountsAndSizesAreRefused) {
  std::string layers;
  for (std::size_t i = 0; i <= image::most_layers; ++i)
    layers += (i == 0 ? "" : ",") + descriptor(two);
  EXPECT_FALSE(image::parse_manifest(R"({"schemaVersion":2,"config":)" + descriptor(one) +
                                     R"(,"layers":[)" + layers + "]}"));
  const std::string huge = R"({"digest":")" + two + R"(","size":9223372036854775807})";
  EXPECT_FALSE(image::parse_manifest(R"({"schemaVersion":2,"config":)" + descriptor(one) +
                                     R"(,"layers":[)" + huge + "," + huge + "]}"));
}

TEST(ImageConfig, BecomesRecords) {
  const auto config = image::parse_image_config(
      R"({"config":{"Env":["A=b c","PATH=/x","broken"],"WorkingDir":"/srv","Entrypoint":["/x","a b",""]},"rootfs":{"type":"layers","diff_ids":[")" +
      one + R"("]}})");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->diff_ids.size(), 1U);
  const std::string expected(
      "env=A=b c\0env=PATH=/x\0workdir=/srv\0keeps=entrypoint\0entrypoint=/x\0entrypoint=a "
      "b\0entrypoint=\0",
      93);
  EXPECT_EQ(image::image_conf(*config, *Digest::parse(two)), expected + "digest=" + two + '\0');
}

TEST(ImageConfig, CannotForgeARecord) {
  const std::string rootfs = R"("rootfs":{"type":"layers","diff_ids":[]}})";
  EXPECT_FALSE(image::parse_image_config(R"({"config":{"Env":["A=b\u0000digest=x"]},)" + rootfs));
  EXPECT_FALSE(image::parse_image_config(R"({"config":{"WorkingDir":"/\u0000env=A=b"},)" + rootfs));
  EXPECT_FALSE(
      image::parse_image_config(R"({"config":{"Entrypoint":["x\u0000env=A=b"]},)" + rootfs));
  EXPECT_FALSE(image::parse_image_config(R"({"config":{"Entrypoint":[1]},)" + rootfs));
  EXPECT_TRUE(image::parse_image_config(R"({"config":{"Entrypoint":null},)" + rootfs));
  EXPECT_TRUE(image::parse_image_config("{" + rootfs));
  EXPECT_FALSE(image::parse_image_config("null"));
}

/// Every pair of kinds: what is good as one of them is refused as any other, whole or mixed.
TEST(Documents, AreReadAsOneKindAlone) {
  const std::string manifest =
      R"("schemaVersion":2,"config":)" + descriptor(one) + R"(,"layers":[)" + descriptor(two) + "]";
  const std::string index = R"("schemaVersion":2,"manifests":[)" + descriptor(one) + "]";
  const std::string config = R"("rootfs":{"type":"layers","diff_ids":[]})";
  const auto object = [](const std::string& members) { return "{" + members + "}"; };
  EXPECT_TRUE(
      std::holds_alternative<image::ImageManifest>(*image::parse_manifest(object(manifest))));
  EXPECT_TRUE(std::holds_alternative<image::ImageIndex>(*image::parse_manifest(object(index))));
  EXPECT_TRUE(image::parse_image_config(object(config)));

  EXPECT_FALSE(image::parse_manifest(object(config)));
  EXPECT_FALSE(image::parse_image_config(object(manifest)));
  EXPECT_FALSE(image::parse_image_config(object(index)));
  for (const auto& [first, second] :
       {std::pair{manifest, config}, {index, config}, {manifest, R"("manifests":[])"}}) {
    for (const auto& mixed : {object(first + "," + second), object(second + "," + first)}) {
      EXPECT_FALSE(image::parse_manifest(mixed)) << mixed;
      EXPECT_FALSE(image::parse_image_config(mixed)) << mixed;
    }
  }
}

TEST(Documents, OfAWrongMediaTypeOrVersionAreRefused) {
  const auto typed = [](const std::string& head, const std::string& config_type) {
    return "{" + head + R"("config":)" + descriptor(one, R"(,"mediaType":")" + config_type + "\"") +
           R"(,"layers":[]})";
  };
  const std::string config_type = "application/vnd.oci.image.config.v1+json";
  const std::string version = R"("schemaVersion":2,)";
  const std::string type = R"("mediaType":"application/vnd.oci.image.manifest.v1+json",)";
  EXPECT_TRUE(image::parse_manifest(typed(version + type, config_type)));
  EXPECT_FALSE(image::parse_manifest(typed(type, config_type)));
  EXPECT_FALSE(image::parse_manifest(typed(R"("schemaVersion":1,)" + type, config_type)));
  EXPECT_FALSE(image::parse_manifest(
      typed(version + R"("mediaType":"application/vnd.oci.image.index.v1+json",)", config_type)));
  EXPECT_FALSE(image::parse_manifest(typed(version + R"("mediaType":3,)", config_type)));
  EXPECT_FALSE(
      image::parse_manifest(typed(version + type, "application/vnd.cncf.helm.config.v1+json")));
}

image::ImageIndex index_of(std::initializer_list<image::Platform> platforms) {
  image::ImageIndex index;
  for (const auto& platform : platforms) {
    const std::string hex(64, static_cast<char>('0' + index.items.size()));
    index.items.push_back({{*Digest::parse_hex(hex), 1, ""}, platform, ""});
  }
  return index;
}

char chosen_from(std::initializer_list<image::Platform> platforms) {
  const auto chosen = image::choose_platform(index_of(platforms), {"linux", "amd64", ""});
  return chosen ? chosen->digest.hex().front() : '-';
}

TEST(ChoosePlatform, PassesAttestationsBy) {
  EXPECT_EQ(chosen_from({{"unknown", "unknown", ""}, {"linux", "amd64", ""}}), '1');
  EXPECT_EQ(chosen_from({{"", "", ""}, {"unknown", "unknown", ""}}), '0');
  EXPECT_EQ(chosen_from({{"", "", ""}, {"", "", ""}}), '-');
  EXPECT_EQ(chosen_from({{"unknown", "unknown", ""}}), '-');
}

TEST(ChoosePlatform, TakesTheVariantForEveryProcessorWhereThereIsOne) {
  EXPECT_EQ(chosen_from({{"linux", "amd64", "v3"}, {"linux", "amd64", ""}}), '1');
  EXPECT_EQ(chosen_from({{"linux", "amd64", "v3"}, {"linux", "amd64", "v2"}}), '0');
}

}  // namespace
}  // namespace chainer::manifest_test
