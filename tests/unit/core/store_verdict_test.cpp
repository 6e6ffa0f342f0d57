#include "core/store_verdict.hpp"

#include <gtest/gtest.h>

namespace chainer::store_verdict_test {
namespace {

const Digest key = *Digest::parse_hex(std::string(64, 'b'));

TEST(StoreVerdict, ArrivesAsItWasSent) {
  for (const auto kind :
       {EntryKind::manifest, EntryKind::config, EntryKind::environment, EntryKind::difference}) {
    for (const auto& audience :
         {Audience::everyone(), Audience::sharers(), Audience::only(0), Audience::only(1000)}) {
      const StoreEntry entry{kind, key, audience};
      const auto read = StoreVerdict::decode(StoreVerdict{Outcome::ready, entry}.encode());
      ASSERT_TRUE(read);
      EXPECT_EQ(read->entry, entry);
    }
  }
}

TEST(StoreVerdict, SaysWhatItTook) {
  const PreparationWork work{
      {{Phase::wait, 0.25}, {Phase::download, 4.5, 137'800'000}}, true, {3, 900'000'000}};
  const StoreEntry entry{EntryKind::manifest, key, Audience::everyone()};
  const auto read = StoreVerdict::decode(StoreVerdict{Outcome::ready, entry, {}, work}.encode());
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->work.made_here);
  ASSERT_EQ(read->work.phases.size(), 2u);
  EXPECT_EQ(read->work.phases[0].phase, Phase::wait);
  EXPECT_EQ(read->work.phases[0].seconds, 0.25);
  EXPECT_EQ(read->work.phases[1].bytes, 137'800'000u);
  EXPECT_EQ(read->work.evicted.entries, 3u);
  EXPECT_EQ(read->work.evicted.bytes, 900'000'000u);
}

TEST(StoreVerdict, NamesNoEntryAfterAFailure) {
  const auto read = StoreVerdict::decode(StoreVerdict{Outcome::try_again, std::nullopt}.encode());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->outcome, Outcome::try_again);
  EXPECT_FALSE(read->entry);
}

TEST(StoreVerdict, TellsTheCauseOfAFailureOnOnePrintableLine) {
  const auto cause_of = [](const std::string& text) {
    const StoreVerdict verdict{Outcome::user_fault, std::nullopt, text};
    return StoreVerdict::decode(verdict.encode())->cause;
  };
  EXPECT_EQ(cause_of(""), "");
  EXPECT_EQ(cause_of("the registry said no"), "the registry said no");
  EXPECT_EQ(cause_of("no\nchainer: yes\x1b[2J"), "no\\nchainer: yes\\x1b[2J");
  const auto cut = cause_of("cannot fetch " + std::string(5000, 'x') + ": no");
  EXPECT_EQ(cut.size(), StoreVerdict::longest_cause);
  EXPECT_TRUE(cut.starts_with("cannot fetch ") && cut.ends_with(": no")) << cut;
}

TEST(StoreVerdict, MakesACausePrintableWhoeverSentIt) {
  auto bytes = StoreVerdict{Outcome::user_fault, std::nullopt, "no"}.encode();
  std::fill(bytes.begin() + 60, bytes.begin() + 444, std::uint8_t{0x1b});
  const auto cause = StoreVerdict::decode(bytes)->cause;
  EXPECT_LE(cause.size(), StoreVerdict::longest_cause);
  EXPECT_EQ(cause.find('\x1b'), std::string::npos);
}

TEST(StoreVerdict, IsRefusedWhenItIsNotOurs) {
  const StoreEntry entry{EntryKind::manifest, key, Audience::everyone()};
  const auto good = StoreVerdict{Outcome::ready, entry}.encode();
  // Magic, version, outcome, kind, audience; a user where the audience is no single one; whether it
  // was made here, and a phase.
  for (const std::size_t at : {0u, 8u, 12u, 16u, 20u, 24u, 444u, 448u}) {
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
}  // namespace chainer::store_verdict_test
