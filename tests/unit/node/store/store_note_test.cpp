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

}  // namespace
}  // namespace chainer::store_note_test
