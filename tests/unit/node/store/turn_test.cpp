#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "node/store/store_file.hpp"

namespace chainer::turn_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class ATurn : public testing::Test {
 protected:
  ~ATurn() override { std::filesystem::remove_all(folder_); }

  std::string guard() const { return folder_ + "/guard"; }
  static milliseconds time_for(const std::function<void()>& work) {
    const auto start = steady_clock::now();
    work();
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
  }

 private:
  static std::string make_folder() {
    std::string name = testing::TempDir() + "turn.XXXXXX";
    return ::mkdtemp(name.data());
  }
  std::string folder_{make_folder()};
};

TEST_F(ATurn, IsWaitedForUntilItIsOver) {
  auto first = store::take_turn(guard(), store::LockKind::flock);
  ASSERT_TRUE(first);
  std::atomic<bool> is_over{false};
  std::thread holder([&, turn = *std::move(first)]() mutable {
    std::this_thread::sleep_for(milliseconds(300));
    is_over = true;
    turn = UniqueFd();
  });
  EXPECT_TRUE(store::take_turn(guard(), store::LockKind::flock));
  EXPECT_TRUE(is_over);
  holder.join();
}

// Whoever owns a step can stop the store's side in it for hours.
TEST_F(ATurn, OfAStoppedProcessIsNotWaitedForLongAndByNobodyWhoComesLater) {
  const auto stopped = store::take_turn(guard(), store::LockKind::flock);
  ASSERT_TRUE(stopped);
  const milliseconds patience(2000);
  const auto take = [&] {
    EXPECT_TRUE(store::take_turn(guard(), store::LockKind::flock, patience));
  };
  EXPECT_GE(time_for(take), patience);
  EXPECT_LT(time_for(take), patience);
}

TEST_F(ATurn, IsAwaitedPatientlyWhileTurnsAreShort) {
  std::atomic<bool> done{false};
  std::atomic<int> at_once{0}, most{0};
  std::vector<std::thread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&] {
      while (!done) {
        const auto turn = store::take_turn(guard(), store::LockKind::flock, milliseconds(1500));
        most = std::max<int>(most, ++at_once);
        std::this_thread::sleep_for(milliseconds(50));
        --at_once;
      }
    });
  }
  std::this_thread::sleep_for(milliseconds(4000));
  done = true;
  for (auto& other : others) other.join();
  EXPECT_EQ(most, 1);
}

}  // namespace
}  // namespace chainer::turn_test
