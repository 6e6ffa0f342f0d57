#include "core/store_verdict.hpp"

#include <gtest/gtest.h>

namespace chainer {
namespace {

const Digest key = *Digest::parse_hex(std::string(64, 'b'));

TEST(StoreVerdict, ArrivesAsItWasSent) {
  for (const auto owner : {std::optional<uid_t>{}, std::optional<uid_t>{1000}}) {
    const auto read =
        StoreVerdict::decode(StoreVerdict{Outcome::ready, StoreEntry{key, owner}}.encode());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->entry->key, key);
    EXPECT_EQ(read->entry->owner, owner);
  }
}

TEST(StoreVerdict, NamesNoEntryAfterAFailure) {
  const auto read = StoreVerdict::decode(StoreVerdict{Outcome::try_again, std::nullopt}.encode());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->outcome, Outcome::try_again);
  EXPECT_FALSE(read->entry);
}

TEST(StoreVerdict, IsRefusedWhenItIsNotOurs) {
  const auto good = StoreVerdict{Outcome::ready, StoreEntry{key, 1000}}.encode();
  for (const std::size_t at : {0u, 8u, 15u, 19u}) {  // magic, version, outcome, flag
    auto bad = good;
    bad[at] = 0xff;
    EXPECT_FALSE(StoreVerdict::decode(bad)) << at;
  }
  EXPECT_FALSE(StoreVerdict::decode(std::span(good).first(good.size() - 1)));
}

}  // namespace
}  // namespace chainer
