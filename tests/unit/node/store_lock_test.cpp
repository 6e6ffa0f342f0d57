#include "node/store_lock.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>

#include <atomic>
#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

namespace chainer {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class StoreLockTest : public testing::Test {
 protected:
  StoreLockTest() { folder_ = ::mkdtemp(folder_.data()); }
  ~StoreLockTest() override { fs::remove_all(folder_); }

  LockRequest request(std::string label, milliseconds patience = milliseconds(60'000)) const {
    return {folder_, "key", std::move(label), patience, milliseconds(5), {}};
  }
  StoreLock take(std::string label) const {
    auto outcome = take_or_wait(request(std::move(label)));
    EXPECT_TRUE(outcome);
    return std::get<StoreLock>(*std::move(outcome));
  }

  std::string folder_{"/tmp/chainer-lock-XXXXXX"};
};

TEST_F(StoreLockTest, AFreeLockIsTakenAndLeavesNothing) {
  { const auto lock = take("n1"); }
  EXPECT_TRUE(fs::is_empty(folder_));
  { const auto again = take("n2"); }
}

TEST_F(StoreLockTest, AWaiterSeesProgressAndThenTheEnd) {
  std::optional<StoreLock> producer(take("node n1, step 1.0"));
  producer->beat(34, 120, "image x");
  std::atomic<bool> seen{false};
  std::thread waiter([&] {
    auto asked = request("n2");
    asked.on_wait = [&](const FlightProgress& progress) {
      if (progress.producer == "node n1, step 1.0" && progress.done == 34 && progress.total == 120) seen = true;
    };
    const auto outcome = take_or_wait(asked);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(std::holds_alternative<FlightEnded>(*outcome));
  });
  while (!seen) std::this_thread::yield();
  producer.reset();
  waiter.join();
}

TEST_F(StoreLockTest, WaitersShareTheProducersFailureAndLatecomersDoNot) {
  auto producer = take("n1");
  std::atomic<int> waiting{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 3; ++i) {
    waiters.emplace_back([&] {
      auto asked = request("n2");
      bool counted = false;
      asked.on_wait = [&](const FlightProgress&) { waiting += !std::exchange(counted, true); };
      const auto outcome = take_or_wait(asked);
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().what, "cannot find it");
      EXPECT_EQ(outcome.error().fault, Fault::user);
    });
  }
  while (waiting < 3) std::this_thread::yield();
  producer.fail({"cannot find it", "look again", 0, Fault::user});
  for (auto& waiter : waiters) waiter.join();
  take("n3");
}

TEST_F(StoreLockTest, AProducerThatHangsIsReplacedByOneWaiter) {
  const auto hung = take("n1");
  std::atomic<int> producers{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&] {
      const auto outcome = take_or_wait(request("n2", milliseconds(200)));
      ASSERT_TRUE(outcome);
      if (!std::holds_alternative<StoreLock>(*outcome)) return;
      ++producers;
      std::this_thread::sleep_for(milliseconds(60));  // well within the others' patience
    });
  }
  for (auto& waiter : waiters) waiter.join();
  EXPECT_EQ(producers, 1);
}

TEST_F(StoreLockTest, AProducerThatMakesProgressIsNotReplaced) {
  std::optional<StoreLock> producer(take("n1"));
  std::atomic<bool> ended{false};
  std::thread waiter([&] {
    const auto outcome = take_or_wait(request("n2", milliseconds(1500)));
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(std::holds_alternative<FlightEnded>(*outcome));
    EXPECT_TRUE(ended);
  });
  for (std::uint64_t done = 1; done < 50; ++done) {
    producer->beat(done, 100, "image x");
    std::this_thread::sleep_for(milliseconds(50));
  }
  ended = true;
  producer.reset();
  waiter.join();
}

TEST_F(StoreLockTest, TheLockOfADeadProcessIsFree) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto outcome = take_or_wait(request("n1"));
    ::_exit(outcome ? 0 : 1);  // without a destructor, as by SIGKILL
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_FALSE(fs::is_empty(folder_));
  take("n2");
}

}  // namespace
}  // namespace chainer
