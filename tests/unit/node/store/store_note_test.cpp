#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "node/store/store.hpp"

namespace chainer::store_note_test {
namespace {

class StoreNote : public testing::Test {
 protected:
  ~StoreNote() override { std::filesystem::remove_all(root_); }

  store::Store open() const {
    const auto quota = ByteSize::from_bytes(1 << 20);
    return *store::Store::open(root_, {quota, quota});
  }

  const std::string note_{"users/1000/environment/" + std::string(64, 'a') + ".lock"};

 private:
  static std::string make_folder() {
    std::string name = testing::TempDir() + "store.XXXXXX";
    return ::mkdtemp(name.data());
  }
  std::string root_{make_folder()};
};

TEST_F(StoreNote, ANoteIsReplacedAsAWhole) {
  const auto store = open();
  EXPECT_EQ(*store.read_note(note_), std::nullopt);
  ASSERT_TRUE(store.write_note(note_, "first and longer"));
  ASSERT_TRUE(store.write_note(note_, "second"));
  EXPECT_EQ(*store.read_note(note_), "second");
}

// Every preparation on every node opens the store, and then removes what killed ones have left.
TEST_F(StoreNote, ANoteIsWrittenWhileOthersOpenTheStore) {
  const auto store = open();
  std::atomic<bool> done{false};
  std::thread others([&] {
    while (!done) static_cast<void>(open());
  });
  int failures = 0;
  for (int i = 0; i < 100; ++i) failures += store.write_note(note_, std::to_string(i)) ? 0 : 1;
  done = true;
  others.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(*store.read_note(note_), "99");
}

TEST_F(StoreNote, WhatAKilledPreparationLeftIsRemoved) {
  const auto store = open();
  const auto left = std::filesystem::path(store.lock_folder()).parent_path() / "tmp" / "1-2";
  std::filesystem::copy_file("/proc/self/cmdline", left);
  static_cast<void>(open());
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST_F(StoreNote, TheNewestOfMoreThanAPersonHasStay) {
  const auto store = open();
  const auto note = [](int number) {
    const auto digits = std::to_string(number);
    return "users/1000/resolution/" + std::string(64 - digits.size(), '0') + digits + ".lock";
  };
  for (int number = 0; number < 40; ++number) ASSERT_TRUE(store.write_note(note(number), "x"));
  EXPECT_EQ(*store.read_note(note(0)), std::nullopt);
  EXPECT_EQ(*store.read_note(note(39)), "x");
  // A share of a MiB, of which notes have an eighth, holds 32 blocks of them.
  EXPECT_EQ(*store.read_note(note(7)), std::nullopt);
  EXPECT_EQ(*store.read_note(note(8)), "x");
}

TEST_F(StoreNote, ThatStandsBesideItsEntryStays) {
  const auto store = open();
  ASSERT_TRUE(store.write_note(note_, "first"));
  ASSERT_TRUE(store.write_note(note_.substr(0, note_.rfind('.')), "an entry"));
  const auto folder = note_.substr(0, note_.rfind('/') + 1);
  for (const char name : {'b', 'c'})
    ASSERT_TRUE(
        store.write_note(folder + std::string(64, name) + ".lock", std::string(1 << 20, 'x')));
  EXPECT_EQ(*store.read_note(note_), "first");
  EXPECT_EQ(*store.read_note(folder + std::string(64, 'b') + ".lock"), std::nullopt);
}

}  // namespace
}  // namespace chainer::store_note_test
