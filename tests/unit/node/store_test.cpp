#include "node/store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "core/fd_io.hpp"

namespace chainer {
namespace {

namespace fs = std::filesystem;

Digest key(char digit) { return *Digest::parse_hex(std::string(64, digit)); }

class StoreTest : public testing::Test {
 protected:
  StoreTest() { root_ = ::mkdtemp(root_.data()); }
  ~StoreTest() override { fs::remove_all(root_); }

  Store open(std::uint64_t quota = 1'000'000) {
    return *Store::open(root_, ByteSize::from_bytes(quota));
  }

  static void file(const Store& store, const StoreEntry& entry, std::size_t size) {
    auto pending = store.begin();
    ASSERT_TRUE(pending);
    ASSERT_TRUE(write_all(pending->fd(), std::string(size, 'x')));
    ASSERT_TRUE(store.commit(*std::move(pending), entry));
  }
  static void age(const Store& store, const StoreEntry& entry, time_t seconds) {
    const timespec times[] = {{0, UTIME_OMIT}, {::time(nullptr) - seconds, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, store.path_of(entry).c_str(), times, 0), 0);
  }
  static bool has(const Store& store, const StoreEntry& entry) {
    return fs::exists(store.path_of(entry));
  }

  std::string root_{"/tmp/chainer-store-XXXXXX"};
};

TEST_F(StoreTest, FilesEntriesWhereTheirOwnerIs) {
  const auto store = open();
  file(store, {key('a'), std::nullopt}, 10);
  file(store, {key('b'), 1000}, 20);
  struct stat status {};
  ASSERT_EQ(::stat((root_ + "/public/" + std::string(64, 'a')).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644U);
  ASSERT_EQ(::stat((root_ + "/users/1000/" + std::string(64, 'b')).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat((root_ + "/users/1000").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  EXPECT_TRUE(*store.touch({key('b'), 1000}));
  EXPECT_FALSE(*store.touch({key('b'), 1001}));
  EXPECT_FALSE(*store.touch({key('b'), std::nullopt}));
  EXPECT_EQ(store.list()->size(), 2U);
}

TEST_F(StoreTest, WhatIsNotCommittedLeavesNothing) {
  const auto store = open();
  {
    auto pending = store.begin();
    ASSERT_TRUE(pending);
    ASSERT_TRUE(write_all(pending->fd(), "half"));
  }
  EXPECT_TRUE(store.scratch_file());
  EXPECT_TRUE(fs::is_empty(root_ + "/tmp"));
  EXPECT_TRUE(store.list()->empty());
}

TEST_F(StoreTest, TheFirstOfTwoEqualEntriesStays) {
  const auto store = open();
  file(store, {key('a'), std::nullopt}, 10);
  file(store, {key('a'), std::nullopt}, 20);
  EXPECT_EQ(store.list()->at(0).bytes, 10U);
}

TEST_F(StoreTest, LeftoversOfKilledProcessesGoAndThoseOfLivingOnesStay) {
  open();
  std::ofstream(root_ + "/tmp/dead") << "x";
  const UniqueFd alive(::open((root_ + "/tmp/alive").c_str(), O_RDWR | O_CREAT, 0600));
  ASSERT_EQ(::flock(alive.get(), LOCK_EX), 0);
  open();
  EXPECT_FALSE(fs::exists(root_ + "/tmp/dead"));
  EXPECT_TRUE(fs::exists(root_ + "/tmp/alive"));
}

TEST_F(StoreTest, EvictsTheOldestThatNobodyUses) {
  const auto store = open(100);
  const StoreEntry oldest{key('a'), std::nullopt};
  const StoreEntry pinned{key('b'), 1000};
  const StoreEntry newest{key('c'), 1000};
  for (const auto& entry : {oldest, pinned, newest}) file(store, entry, 30);
  age(store, oldest, 2000);
  age(store, pinned, 3000);
  age(store, newest, 1000);
  const UniqueFd mounted(::open(store.path_of(pinned).c_str(), O_RDONLY));
  ASSERT_EQ(::flock(mounted.get(), LOCK_SH), 0);
  ASSERT_TRUE(store.make_room(20));
  EXPECT_FALSE(has(store, oldest));
  EXPECT_TRUE(has(store, pinned));
  EXPECT_TRUE(has(store, newest));
}

TEST_F(StoreTest, AFullStoreSaysHowFull) {
  const auto store = open(100'000);
  const StoreEntry fresh{key('a'), std::nullopt};
  file(store, fresh, 90'000);
  const auto full = store.make_room(20'000);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().what,
            "the store is full: 20 kB are needed, 90 kB of its quota of 100 kB are in use");
  EXPECT_EQ(full.error().fault, Fault::try_again);
  EXPECT_TRUE(has(store, fresh)) << "an entry that was used just now may be on its way to a mount";
  EXPECT_EQ(store.make_room(200'000).error().what,
            "200 kB do not fit into the store's quota of 100 kB");
}

TEST_F(StoreTest, KeepsNotesBesideEntries) {
  const auto store = open();
  const StoreEntry entry{key('d'), 1000};
  EXPECT_FALSE(*store.read_note(entry, ".lock"));
  ASSERT_TRUE(store.write_note(entry, ".lock", "first"));
  ASSERT_TRUE(store.write_note(entry, ".lock", "second"));
  EXPECT_EQ(**store.read_note(entry, ".lock"), "second");
  EXPECT_TRUE(store.list()->empty());
}

TEST_F(StoreTest, GarbageIsOldLockFilesAndWhatIsOverTheQuota) {
  const auto store = open(50);
  const StoreEntry old{key('a'), std::nullopt};
  file(store, old, 60);
  age(store, old, 1000);
  std::ofstream(store.lock_folder() + "/stale") << "x";
  const timespec long_ago[] = {{0, UTIME_OMIT}, {1000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (store.lock_folder() + "/stale").c_str(), long_ago, 0), 0);
  ASSERT_TRUE(store.collect_garbage());
  EXPECT_FALSE(has(store, old));
  EXPECT_TRUE(fs::is_empty(store.lock_folder()));
}

TEST_F(StoreTest, GarbageIsNotesThatNobodyHasUsedForAMonthUnlessTheirEntryIsThere) {
  const auto store = open();
  const auto noted = [&](char digit, int days) {
    const StoreEntry entry{key(digit), 1000};
    EXPECT_TRUE(store.write_note(entry, ".lock", "text"));
    const timespec times[] = {{0, UTIME_OMIT}, {::time(nullptr) - days * 24 * 3600, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, (store.path_of(entry) + ".lock").c_str(), times, 0), 0);
    return entry;
  };
  const auto stays = [&](const StoreEntry& entry) {
    return store.read_note(entry, ".lock")->has_value();
  };

  const auto forgotten = noted('a', 31);
  const auto recent = noted('b', 29);
  const auto used = noted('c', 31);
  const auto of_entry = noted('d', 31);
  const auto held = noted('e', 31);
  EXPECT_TRUE(*store.touch_note(used, ".lock"));
  file(store, of_entry, 10);
  const UniqueFd holder(::open((store.path_of(held) + ".lock").c_str(), O_RDONLY));
  ASSERT_EQ(::flock(holder.get(), LOCK_EX), 0);

  ASSERT_TRUE(store.collect_garbage());
  EXPECT_FALSE(stays(forgotten));
  for (const auto& entry : {recent, used, of_entry, held})
    EXPECT_TRUE(stays(entry)) << entry.key.hex();
}

}  // namespace
}  // namespace chainer
