#include "core/store_verdict.hpp"

#include <gtest/gtest.h>

namespace chainer {
namespace {

const Digest key = *Digest::parse_hex(std::string(64, 'b'));

TEST(StoreVerdict, ArrivesAsItWasSent) {
  for (const auto kind : {EntryKind::manifest, EntryKind::config, EntryKind::environment}) {
    for (const auto& audience :
         {Audience::everyone(), Audience::sharers(), Audience::only(0), Audience::only(1000)}) {
      const StoreEntry entry{kind, key, audience};
      const auto read = StoreVerdict::decode(StoreVerdict{Outcome::ready, entry}.encode());
      ASSERT_TRUE(read);
      EXPECT_EQ(read->entry, entry);
    }
  }
}

TEST(StoreVerdict, NamesNoEntryAfterAFailure) {
  const auto read = StoreVerdict::decode(StoreVerdict{Outcome::try_again, std::nullopt}.encode());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->outcome, Outcome::try_again);
  EXPECT_FALSE(read->entry);
}

TEST(StoreVerdict, IsRefusedWhenItIsNotOurs) {
  const StoreEntry entry{EntryKind::manifest, key, Audience::everyone()};
  const auto good = StoreVerdict{Outcome::ready, entry}.encode();
  // Magic, version, outcome, kind, audience; and a user where the audience is no single one.
  for (const std::size_t at : {0u, 8u, 12u, 16u, 20u, 24u}) {
    auto bad = good;
    bad[at] = 0xff;
    EXPECT_FALSE(StoreVerdict::decode(bad)) << at;
  }
  auto without_kind = good;
  without_kind[16] = 0;
  EXPECT_FALSE(StoreVerdict::decode(without_kind));
  EXPECT_FALSE(StoreVerdict::decode(std::span(good).first(good.size() - 1)));
}

}  // namespace
}  // namespace chainer
