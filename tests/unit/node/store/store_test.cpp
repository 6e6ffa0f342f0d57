#include "node/store/store.hpp"

#include <sys/file.h>

#include <fstream>

#include "node/store/entry_seal.hpp"
#include "store_folder.hpp"

namespace chainer::store_test {
namespace {

namespace fs = std::filesystem;
using fixtures::key;
using fixtures::own_image;
using fixtures::public_image;

class StoreTest : public fixtures::StoreFolder {};

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST_F(StoreTest, FilesEntriesWhereTheirAudienceAndTheirKindSayForNobodyElseToOpen) {
  for (const mode_t mask : {0u, 077u, 0777u}) {
    const auto old = ::umask(mask);
    const auto store = open();
    file(store, public_image('a'), 10);
    file(store, own_image('b'), 20);
    ::umask(old);
    const std::string hex_a(64, 'a');
    const std::string hex_b(64, 'b');
    EXPECT_EQ(mode_of(root_ + "/public/manifest/" + hex_a), 0600u);
    EXPECT_EQ(mode_of(root_ + "/users/1000/manifest/" + hex_b), 0600u);
    EXPECT_EQ(mode_of(root_ + "/public/manifest"), 0755u) << "what is public can be listed";
    for (const auto* closed : {"/users", "/users/1000", "/users/1000/manifest", "/shared", "/tmp",
                               "/locks", "/set-aside"}) {
      EXPECT_EQ(mode_of(root_ + closed), 0700u) << closed;
    }
    EXPECT_TRUE(*store.touch(own_image('b')));
    EXPECT_FALSE(*store.touch(own_image('b', 1001)));
    EXPECT_FALSE(*store.touch(public_image('b')));
    EXPECT_FALSE(*store.touch({EntryKind::config, key('a'), Audience::everyone()}));
    EXPECT_EQ(store.list().size(), 2U);
    fs::remove_all(root_);
    fs::create_directory(root_);
  }
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
  EXPECT_TRUE(store.list().empty());
}

TEST_F(StoreTest, TheFirstOfTwoEqualEntriesStays) {
  const auto store = open();
  file(store, public_image('a'), 10, 1000);
  file(store, public_image('a'), 20, 2000);
  EXPECT_EQ(fs::file_size(store.path_of(public_image('a'))), 10U + store::EntrySeal::size);
  EXPECT_EQ(store.list().at(0).brought_by, 1000u);
}

TEST_F(StoreTest, AsksForAMissingEntryByANameThatNobodyTakesForOne) {
  const auto store = open();
  const auto entry = public_image('a');
  EXPECT_FALSE(store.uncovers(entry.path()));
  EXPECT_FALSE(fs::exists(store.path_of(entry))) << "the question was taken back";

  fs::create_directory(store.path_of(entry));  // another's question, or that of a killed process
  EXPECT_FALSE(*store.open_entry(entry));
  EXPECT_FALSE(*store.touch_note(entry.path()));
  EXPECT_FALSE(*store.read_note(entry.path()));
  fs::create_directories(root_ + "/users/1000/resolution/note");
  EXPECT_TRUE(store.write_note("users/1000/resolution/note", "text"));
  EXPECT_EQ(*store.read_note("users/1000/resolution/note"), "text");
  EXPECT_FALSE(store.uncovers(entry.path()));
  fs::create_directory(store.path_of(entry));
  file(store, entry, 10);
  EXPECT_TRUE(*store.open_entry(entry));
  EXPECT_TRUE(store.uncovers(entry.path()));
  EXPECT_TRUE(*store.open_entry(entry));
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

TEST_F(StoreTest, WhatAnEarlierReleaseFiledIsSetAsideOnceAndByName) {
  fs::create_directories(root_ + "/public");
  fs::create_directories(root_ + "/users/1000");
  const std::string hex(64, 'a');
  std::ofstream(root_ + "/public/" + hex) << "not to be trusted";
  std::ofstream(root_ + "/users/1000/" + hex) << "likewise";

  const auto store = open();
  ASSERT_NE(store.set_aside(), "");
  EXPECT_TRUE(fs::exists(store.set_aside() + "/public/" + hex));
  EXPECT_TRUE(fs::exists(store.set_aside() + "/users/1000/" + hex));
  EXPECT_TRUE(store.list().empty());
  EXPECT_GT(store.usage().bytes, 0u) << "what is set aside still takes disk";
  file(store, public_image('b'), 10);

  const auto again = open();
  EXPECT_EQ(again.set_aside(), "");
  EXPECT_TRUE(has(again, public_image('b')));
  again.collect_garbage();
  EXPECT_TRUE(fs::is_empty(root_ + "/set-aside"));
}

TEST_F(StoreTest, EvictsNothingThatIsMounted) {
  const auto store = open();
  file(store, own_image('a'), 30);
  {
    const UniqueFd mounted(::open(store.path_of(own_image('a')).c_str(), O_RDONLY));
    ASSERT_EQ(::flock(mounted.get(), LOCK_SH), 0);
    EXPECT_FALSE(store.evict(own_image('a')));
  }
  ASSERT_TRUE(store.write_note(own_image('a').path() + ".lock", "text"));
  EXPECT_TRUE(store.evict(own_image('a')));
  EXPECT_TRUE(fs::is_empty(root_ + "/users/1000/manifest")) << "its note goes with it";
}

TEST_F(StoreTest, ASharedEntryTakesItsGrantsAlong) {
  const auto store = open();
  const StoreEntry shared{EntryKind::manifest, key('a'), Audience::sharers()};
  file(store, shared, 10);
  for (const uid_t user : {1000u, 2000u})
    ASSERT_TRUE(store.write_note(grant_path(shared.kind, shared.key, user), ""));
  ASSERT_TRUE(store.write_note(grant_path(shared.kind, key('b'), 1000), ""));
  EXPECT_TRUE(store.evict(shared));
  EXPECT_FALSE(*store.touch_note(grant_path(shared.kind, shared.key, 1000)));
  EXPECT_FALSE(*store.touch_note(grant_path(shared.kind, shared.key, 2000)));
  EXPECT_TRUE(*store.touch_note(grant_path(shared.kind, key('b'), 1000)));
}

TEST_F(StoreTest, CountsAllThatLiesThereAndWhoBroughtIt) {
  const auto store = open();
  const auto before = store.usage().bytes;
  file(store, public_image('a'), 100'000, 1000);
  file(store, own_image('b', 2000), 50'000, 2000);
  const std::string note = "users/2000/resolution/" + std::string(64, 'c') + ".lock";
  ASSERT_TRUE(store.write_note(note, std::string(30'000, 'x')));
  auto usage = store.usage();
  EXPECT_GE(usage.bytes - before, 180'000u);
  EXPECT_GE(usage.by_user[1000], 100'000u);
  EXPECT_LT(usage.by_user[1000], 120'000u);
  EXPECT_GE(usage.by_user[2000], 80'000u);
  EXPECT_EQ(usage.entries.size(), 2u);
}

TEST_F(StoreTest, ADamagedEntryIsMovedAway) {
  const auto store = open();
  file(store, public_image('a'), 10);
  const auto place = store.set_aside(public_image('a'));
  ASSERT_TRUE(place) << place.error().what;
  EXPECT_FALSE(has(store, public_image('a')));
  EXPECT_TRUE(fs::exists(*place));
  EXPECT_TRUE(store.set_aside(public_image('a'))) << "another node was faster";
  EXPECT_GT(store.remove_one_set_aside(), 0u);
  EXPECT_EQ(store.remove_one_set_aside(), 0u);
}

TEST_F(StoreTest, GarbageIsLocksOfPreparationsThatEndedLongAgo) {
  const auto store = open();
  std::ofstream(store.lock_folder() + "/stale") << "x";
  const timespec long_ago[] = {{0, UTIME_OMIT}, {1000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (store.lock_folder() + "/stale").c_str(), long_ago, 0), 0);
  store.collect_garbage();
  EXPECT_FALSE(fs::exists(store.lock_folder() + "/stale"));
}

TEST_F(StoreTest, GarbageIsNotesThatNobodyHasUsedForAMonthUnlessTheirEntryIsThere) {
  const auto store = open();
  const auto noted = [&](char digit, int days) {
    auto note = own_image(digit).path() + ".lock";
    EXPECT_TRUE(store.write_note(note, "text"));
    const timespec times[] = {{0, UTIME_OMIT}, {::time(nullptr) - days * 24 * 3600, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, (root_ + "/" + note).c_str(), times, 0), 0);
    return note;
  };
  const auto stays = [&](const std::string& note) { return store.read_note(note)->has_value(); };

  const auto forgotten = noted('a', 31);
  const auto recent = noted('b', 29);
  const auto used = noted('c', 31);
  const auto of_entry = noted('d', 31);
  const auto held = noted('e', 31);
  EXPECT_TRUE(*store.touch_note(used));
  file(store, own_image('d'), 10);
  const UniqueFd holder(::open((root_ + "/" + held).c_str(), O_RDONLY));
  ASSERT_EQ(::flock(holder.get(), LOCK_EX), 0);

  store.collect_garbage();
  EXPECT_FALSE(stays(forgotten));
  for (const auto& note : {recent, used, of_entry, held}) EXPECT_TRUE(stays(note)) << note;
}

}  // namespace
}  // namespace chainer::store_test
