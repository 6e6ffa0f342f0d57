#include "core/store_entry.hpp"

#include <gtest/gtest.h>

#include <set>

namespace chainer::store_entry_test {
namespace {

const Digest a = *Digest::parse_hex(std::string(64, 'a'));
const Digest b = *Digest::parse_hex(std::string(64, 'b'));
const std::string hex_a(64, 'a');

TEST(StoreEntry, LiesWhereItsAudienceAndItsKindSay) {
  EXPECT_EQ((StoreEntry{EntryKind::manifest, a, Audience::everyone()}.path()),
            "public/manifest/" + hex_a);
  EXPECT_EQ((StoreEntry{EntryKind::config, a, Audience::sharers()}.path()),
            "shared/config/" + hex_a);
  EXPECT_EQ((StoreEntry{EntryKind::environment, a, Audience::only(1000)}.path()),
            "users/1000/environment/" + hex_a);
  EXPECT_EQ(grant_path(EntryKind::manifest, a, 7), "users/7/manifest/" + hex_a + ".granted");
}

TEST(StoreEntry, KindsAreReadByTheNameThatTheyAreWrittenBy) {
  for (const auto kind :
       {EntryKind::manifest, EntryKind::config, EntryKind::environment, EntryKind::difference}) {
    EXPECT_EQ(entry_kind_named(name_of(kind)), kind);
  }
  EXPECT_FALSE(entry_kind_named("image"));
  EXPECT_FALSE(entry_kind_named(""));
}

TEST(StoreEntry, WhatHasNoManifestIsKeyedByItsConfig) {
  for (const auto* text : {"busybox", "oci:/a", "oci-archive:/a.tar"}) {
    EXPECT_EQ(kind_of_image(*ImageRef::parse(text)), EntryKind::manifest) << text;
  }
  for (const auto* text :
       {"docker-archive:/a.tar", "docker-daemon:a:b", "/a.sif", "squashfs:a", "dir:a"}) {
    EXPECT_EQ(kind_of_image(*ImageRef::parse(text)), EntryKind::config) << text;
  }
}

TEST(EnvironmentKey, DiffersByImageLockAndOwner) {
  const std::set<Digest> keys{environment_key(a, b, 1000), environment_key(b, a, 1000),
                              environment_key(a, b, 1001), environment_key(a, a, 1000),
                              environment_key(a, b, 0)};
  EXPECT_EQ(keys.size(), 5u);
  EXPECT_EQ(environment_key(a, b, 1000), environment_key(a, b, 1000));
}

}  // namespace
}  // namespace chainer::store_entry_test
