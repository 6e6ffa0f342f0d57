#include "node/store/store_room.hpp"

#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <optional>

#include "store_folder.hpp"

namespace chainer::store_room_test {
namespace {

using fixtures::own_image;
using fixtures::public_image;
using testing::MatchesRegex;

constexpr std::uint64_t mb = 1'000'000;
constexpr uid_t ann = 1000;
constexpr uid_t bob = 2000;

class Room : public fixtures::StoreFolder {
 protected:
  /// An entry that nobody has used for a while.
  void file_old(const store::Store& store, const StoreEntry& entry, std::uint64_t size, uid_t by,
                time_t seconds = 1000) {
    file(store, entry, size, by);
    age(store, entry, seconds);
  }
};

TEST_F(Room, VerifiedBytesEvictWhatNobodyHasUsedForLongest) {
  const auto store = open(100 * mb);
  file_old(store, public_image('a'), 30 * mb, bob, 3000);
  file_old(store, own_image('b', bob), 30 * mb, bob, 2000);
  auto room = store::StoreRoom::open(store, ann);
  ASSERT_TRUE(room) << room.error().what;
  ASSERT_TRUE(room->hold_spools({20 * mb, 0}));
  EXPECT_FALSE(has(store, public_image('a')));
  EXPECT_TRUE(has(store, own_image('b', bob)));
}

TEST_F(Room, UnverifiedBytesEvictNothingOfOthers) {
  const auto store = open(100 * mb);
  file_old(store, public_image('a'), 70 * mb, bob);
  auto room = store::StoreRoom::open(store, ann);
  ASSERT_TRUE(room->hold_spools({0, 25 * mb}));
  const auto full = room->hold_spools({0, 35 * mb});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().what,
            "the store is full: 35 MB are needed, 70 MB of its quota of 100 MB are in use");
  EXPECT_EQ(full.error().fault, Fault::try_again);
  EXPECT_TRUE(has(store, public_image('a')));
}

TEST_F(Room, UnverifiedBytesEvictTheirOwnUsersEntries) {
  const auto store = open(100 * mb);
  file_old(store, own_image('a', ann), 35 * mb, ann);
  file_old(store, public_image('b'), 35 * mb, bob, 5000);
  auto room = store::StoreRoom::open(store, ann);
  ASSERT_TRUE(room->hold_spools({0, 35 * mb}));
  EXPECT_FALSE(has(store, own_image('a', ann)));
  EXPECT_TRUE(has(store, public_image('b')));
}

TEST_F(Room, WhatOthersHoldCounts) {
  const auto store = open(100 * mb);
  auto first = store::StoreRoom::open(store, ann);
  auto second = store::StoreRoom::open(store, bob);
  ASSERT_TRUE(first->hold_spools({0, 60 * mb}));
  ASSERT_TRUE(first->hold_output({0, 10 * mb}));
  EXPECT_FALSE(second->hold_spools({0, 60 * mb}));
  EXPECT_TRUE(second->hold_spools({0, 20 * mb}));
  { const auto ended = *std::move(first); }
  EXPECT_TRUE(second->hold_spools({0, 60 * mb}));
}

TEST_F(Room, AUsersShareBoundsAllOfTheirPreparationsAndEntries) {
  const auto store = open(100 * mb, 40 * mb);
  file(store, own_image('a', ann), 15 * mb, ann);  // used just now: stays
  auto first = store::StoreRoom::open(store, ann);
  auto second = store::StoreRoom::open(store, ann);
  ASSERT_TRUE(first->hold_spools({10 * mb, 0}));
  const auto full = second->hold_spools({20 * mb, 0});
  ASSERT_FALSE(full);
  EXPECT_THAT(
      full.error().what,
      MatchesRegex("your share of the store is full: 20 MB are needed, 2[56] MB of 40 MB are "
                   "in use"));
  EXPECT_EQ(full.error().fault, Fault::try_again);
  auto other = store::StoreRoom::open(store, bob);
  EXPECT_TRUE(other->hold_spools({20 * mb, 0}));
}

TEST_F(Room, PublicImagesCountToWhoBroughtThem) {
  const auto store = open(100 * mb, 40 * mb);
  file_old(store, public_image('a'), 30 * mb, ann, 1000);
  file_old(store, public_image('b'), 30 * mb, bob, 5000);
  auto room = store::StoreRoom::open(store, ann);
  ASSERT_TRUE(room->hold_spools({20 * mb, 0}));
  EXPECT_FALSE(has(store, public_image('a'))) << "the user's own entry goes for the user's share";
  EXPECT_TRUE(has(store, public_image('b'))) << "and not somebody else's that is older";
}

TEST_F(Room, AUserHasOnlySoManyEntriesHoweverSmall) {
  auto few = limits(100 * mb, 40 * mb);
  few.entries_per_user = 2;
  const auto store = *store::Store::open(root_, few);
  file_old(store, own_image('a', ann), 1, ann, 3000);
  file_old(store, public_image('b'), 1, ann, 2000);
  file_old(store, public_image('c'), 1, bob, 5000);
  auto room = store::StoreRoom::open(store, ann);
  ASSERT_TRUE(room->hold_spools({1, 0}));
  EXPECT_FALSE(has(store, own_image('a', ann)));
  EXPECT_TRUE(has(store, public_image('b')));
  EXPECT_TRUE(has(store, public_image('c')));

  for (const char name : {'d', 'e'}) file(store, own_image(name, bob), 1, bob);  // used just now
  auto of_bob = store::StoreRoom::open(store, bob);
  const auto full = of_bob->hold_spools({1, 0});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().what,
            "your share of the store is full: it may hold 2 images and environments, and none of "
            "yours can go now");
}

TEST_F(Room, KeepsWhatIsMountedOrWasUsedJustNow) {
  const auto store = open(100 * mb);
  file_old(store, public_image('a'), 45 * mb, bob);
  file(store, public_image('b'), 45 * mb, bob);
  const UniqueFd mounted(::open(store.path_of(public_image('a')).c_str(), O_RDONLY));
  ASSERT_EQ(::flock(mounted.get(), LOCK_SH), 0);
  auto room = store::StoreRoom::open(store, ann);
  EXPECT_FALSE(room->hold_spools({20 * mb, 0}));
  EXPECT_TRUE(has(store, public_image('a')));
  EXPECT_TRUE(has(store, public_image('b')));
}

// A node's clock may have been ahead when it used the entry.
TEST_F(Room, KeepsNothingForAUseThatIsYetToCome) {
  const auto store = open(100 * mb);
  constexpr time_t year = 365 * 24 * 3600;
  file_old(store, public_image('a'), 45 * mb, bob, -year);
  file(store, public_image('b'), 30 * mb, bob);
  auto room = store::StoreRoom::open(store, ann);
  ASSERT_TRUE(room->hold_spools({20 * mb, 0}));
  EXPECT_FALSE(has(store, public_image('a')));
  EXPECT_TRUE(has(store, public_image('b')));
}

TEST_F(Room, WhatWasSetAsideGoesFirst) {
  const auto store = open(100 * mb);
  file_old(store, public_image('a'), 40 * mb, bob);
  file(store, public_image('b'), 40 * mb, bob);
  ASSERT_TRUE(store.set_aside(public_image('b')));
  auto room = store::StoreRoom::open(store, ann);
  ASSERT_TRUE(room->hold_spools({0, 40 * mb}));
  EXPECT_TRUE(has(store, public_image('a')));
}

TEST_F(Room, OfAKilledPreparationIsFree) {
  const auto store = open(100 * mb);
  const pid_t child = ::fork();
  if (child == 0) {
    auto room = store::StoreRoom::open(store, ann);
    ::_exit(room && room->hold_spools({0, 80 * mb}) ? 0 : 1);  // without a destructor
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_LT(store.usage().bytes, mb);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(store.lock_folder()), {}), 2)
      << "the two locks that stay are empty";
}

TEST_F(Room, WhatCanNeverFitIsSaidAtOnce) {
  const auto store = open(100 * mb, 40 * mb);
  EXPECT_TRUE(store::StoreRoom::can_ever_fit(store, 40 * mb));
  EXPECT_EQ(store::StoreRoom::can_ever_fit(store, 200 * mb).error().what,
            "200 MB do not fit into the store's quota of 100 MB");
  const auto share = store::StoreRoom::can_ever_fit(store, 50 * mb);
  EXPECT_EQ(share.error().what,
            "50 MB do not fit into the share of the store that each user has, 40 MB");
  EXPECT_EQ(share.error().fault, Fault::user);
}

TEST_F(Room, TheReserveIsAQuarterOfTheQuota) {
  const auto store = open(100 * mb);
  for (const char digit : {'a', 'b', 'c'})
    file_old(store, public_image(digit), 30 * mb, bob, digit == 'c' ? 9000 : 1000);
  ASSERT_TRUE(store::StoreRoom::restore_reserve(store));
  EXPECT_FALSE(has(store, public_image('c')));
  EXPECT_TRUE(has(store, public_image('a')));
  EXPECT_TRUE(has(store, public_image('b')));
}

}  // namespace
}  // namespace chainer::store_room_test
