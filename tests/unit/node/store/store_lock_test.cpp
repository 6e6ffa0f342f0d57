#include "node/store/store_lock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace chainer::store_lock_test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class StoreLockTest : public testing::TestWithParam<store::LockKind> {
 protected:
  StoreLockTest() { folder_ = ::mkdtemp(folder_.data()); }
  ~StoreLockTest() override { fs::remove_all(folder_); }

  store::LockRequest request(std::string label,
                             milliseconds patience = milliseconds(60'000)) const {
    return {folder_, "key", std::move(label), patience,   milliseconds(5),
            {},      1000,  1'000'000,        GetParam(), silence};
  }
  store::StoreLock take(std::string label) const {
    auto outcome = store::take_or_wait(request(std::move(label)));
    EXPECT_TRUE(outcome);
    return std::get<store::StoreLock>(*std::move(outcome));
  }

  /// Longer than a thread of the producer's may be kept from renewing a lease, once a second.
  static constexpr milliseconds silence{2500};
  std::string folder_{"/tmp/chainer-lock-XXXXXX"};
};

TEST_P(StoreLockTest, AFreeLockIsTakenAndLeavesNothing) {
  { const auto lock = take("n1"); }
  EXPECT_TRUE(fs::is_empty(folder_));
  { const auto again = take("n2"); }
}

TEST_P(StoreLockTest, AWaiterSeesProgressAndThenTheEnd) {
  std::optional<store::StoreLock> producer(take("node n1, step 1.0"));
  producer->beat(34, 120, "image x");
  std::atomic<bool> seen{false};
  std::thread waiter([&] {
    auto asked = request("n2");
    asked.on_wait = [&](const store::FlightProgress& progress) {
      if (progress.producer == "node n1, step 1.0" && progress.done == 34 && progress.total == 120)
        seen = true;
    };
    const auto outcome = store::take_or_wait(asked);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(std::holds_alternative<store::FlightEnded>(*outcome));
  });
  while (!seen) std::this_thread::yield();
  producer.reset();
  waiter.join();
}

TEST_P(StoreLockTest, AWaiterLooksSeldomerTheLongerItWaits) {
  std::optional<store::StoreLock> producer(take("n1"));
  std::atomic<int> looks{0};
  std::thread waiter([&] {
    auto asked = request("n2");
    asked.poll = milliseconds(1);
    asked.on_wait = [&](const store::FlightProgress&) { ++looks; };
    ASSERT_TRUE(store::take_or_wait(asked));
  });
  std::this_thread::sleep_for(milliseconds(400));
  producer.reset();
  waiter.join();
  EXPECT_GT(looks, 1);
  EXPECT_LT(looks, 150);  // 400 without that
}

TEST_P(StoreLockTest, WaitersShareTheProducersFailureAndLatecomersDoNot) {
  auto producer = take("n1");
  std::atomic<int> waiting{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 3; ++i) {
    waiters.emplace_back([&] {
      auto asked = request("n2");
      bool counted = false;
      asked.on_wait = [&](const store::FlightProgress&) {
        waiting += !std::exchange(counted, true);
      };
      const auto outcome = store::take_or_wait(asked);
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

TEST_P(StoreLockTest, AFailureIsToldByTheProducersStepOnce) {
  for (const auto& [label, is_told] :
       {std::pair("node n2, step 1.0", true), std::pair("node n2, step 1.1", false)}) {
    auto producer = take("node n1, step 1.0");
    std::atomic<bool> waiting{false};
    std::thread waiter([&, label = label, is_told = is_told] {
      auto asked = request(label);
      asked.on_wait = [&](const store::FlightProgress&) { waiting = true; };
      const auto outcome = store::take_or_wait(asked);
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().is_told, is_told) << label;
    });
    while (!waiting) std::this_thread::yield();
    producer.fail({"cannot find it", "look again", 0, Fault::user});
    waiter.join();
  }
}

TEST_P(StoreLockTest, LivesByTheSignsOfAFlightThatIsPartOfIt) {
  auto outer = take("n1");
  auto part = request("n1");
  part.name = "part";
  auto taken = store::take_or_wait(part);
  ASSERT_TRUE(taken);
  auto inner = std::get<store::StoreLock>(*std::move(taken));
  inner.tell(outer);
  std::atomic<bool> seen{false};
  auto asked = request("n2", milliseconds(2000));
  asked.on_wait = [&](const store::FlightProgress& progress) {
    if (progress.done == 34 && progress.total == 120 && progress.doing == "image x") seen = true;
  };
  std::thread waiter([&] { EXPECT_FALSE(store::take_or_wait(asked)); });
  inner.beat(34, 120, "image x");
  for (int i = 0; i < 2000 && !seen; ++i) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_TRUE(seen);
  outer.fail({"enough", "", 0, Fault::try_again});
  waiter.join();
}

TEST_P(StoreLockTest, AnotherUsersFailureIsNotOurs) {
  auto producer = take("n1");
  std::atomic<bool> waiting{false};
  std::thread waiter([&] {
    auto asked = request("n2");
    asked.owner = 2000;
    asked.on_wait = [&](const store::FlightProgress&) { waiting = true; };
    const auto outcome = store::take_or_wait(asked);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(std::holds_alternative<store::FlightEnded>(*outcome));
  });
  while (!waiting) std::this_thread::yield();
  producer.fail({"forged", "", 0, Fault::user});
  waiter.join();
}

TEST_P(StoreLockTest, AProducerThatHangsIsReplacedByOneWaiter) {
  const auto hung = take("n1");
  std::atomic<int> producers{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&] {
      const auto outcome = store::take_or_wait(request("n2", milliseconds(1500)));
      ASSERT_TRUE(outcome);
      if (!std::holds_alternative<store::StoreLock>(*outcome)) return;
      ++producers;
      // Within the others' patience, and longer than their turns take.
      std::this_thread::sleep_for(milliseconds(700));
    });
  }
  for (auto& waiter : waiters) waiter.join();
  EXPECT_EQ(producers, 1);
}

TEST_P(StoreLockTest, AProducerThatMakesProgressIsNotReplaced) {
  std::optional<store::StoreLock> producer(take("n1"));
  std::atomic<bool> ended{false};
  std::thread waiter([&] {
    const auto outcome = store::take_or_wait(request("n2", milliseconds(1500)));
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(std::holds_alternative<store::FlightEnded>(*outcome));
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

/// What a waiter of `owner` gets while the producer does `work` every few milliseconds.
class StoreLockBetweenUsers : public StoreLockTest {
 protected:
  template <typename Work>
  store::LockOutcome wait_behind(uid_t owner, Work work, milliseconds patience = milliseconds(2000),
                                 std::uint64_t turns = 150) {
    std::optional<store::StoreLock> producer(take("n1"));
    std::optional<store::LockOutcome> outcome;
    std::atomic<bool> done{false};
    std::thread waiter([&] {
      auto asked = request("n2", patience);
      asked.owner = owner;
      auto got = store::take_or_wait(asked);
      ASSERT_TRUE(got);
      outcome.emplace(*std::move(got));
      done = true;
    });
    for (std::uint64_t turn = 1; turn <= turns && !done; ++turn) {
      work(*producer, turn);
      std::this_thread::sleep_for(milliseconds(20));
    }
    producer.reset();
    waiter.join();
    return *std::move(outcome);
  }
};

TEST_P(StoreLockBetweenUsers, ADripIsNotWaitedForByAStranger) {
  // Patience of the producer's request is a minute: 60 MB at the least rate. The waiter's is less.
  auto slow = [first = true](store::StoreLock& lock, std::uint64_t turn) mutable {
    if (std::exchange(first, false)) lock.beat(0, 100, "image x");
    lock.beat(turn, 100, "image x");
  };
  auto asked = request("n1", milliseconds(300));
  auto outcome = store::take_or_wait(asked);
  ASSERT_TRUE(outcome);
  std::optional<store::StoreLock> producer(std::get<store::StoreLock>(*std::move(outcome)));
  std::atomic<bool> done{false};
  std::thread waiter([&] {
    auto stranger = request("n2", milliseconds(900));
    stranger.owner = 2000;
    const auto got = store::take_or_wait(stranger);
    ASSERT_TRUE(got);
    EXPECT_TRUE(std::holds_alternative<store::StrangerStalls>(*got));
    done = true;
  });
  for (std::uint64_t turn = 1; !done; ++turn) {
    slow(*producer, turn);
    std::this_thread::sleep_for(milliseconds(20));
  }
  waiter.join();
  EXPECT_FALSE(fs::is_empty(folder_)) << "the producer keeps its lock and may go on";
}

TEST_P(StoreLockBetweenUsers, ItsOwnUserWaitsForADrip) {
  const auto outcome = wait_behind(
      1000, [](store::StoreLock& lock, std::uint64_t turn) { lock.beat(turn, 100, "image x"); });
  EXPECT_TRUE(std::holds_alternative<store::FlightEnded>(outcome));
}

TEST_P(StoreLockBetweenUsers, AStrangerWaitsForBytesAtTheLeastRate) {
  const auto outcome = wait_behind(2000, [](store::StoreLock& lock, std::uint64_t turn) {
    lock.beat(turn * 100'000, 100'000'000, "image x");
  });
  EXPECT_TRUE(std::holds_alternative<store::FlightEnded>(outcome));
}

TEST_P(StoreLockBetweenUsers, AStrangerWaitsForTheStoresOwnWork) {
  std::optional<store::OwnWork> work;
  const auto outcome = wait_behind(
      2000,
      [&](store::StoreLock& lock, std::uint64_t turn) {
        if (turn == 1) work.emplace(lock, "writing to the disk");
        if (turn == 200) work.reset();
      },
      milliseconds(3000), 200);
  EXPECT_TRUE(std::holds_alternative<store::FlightEnded>(outcome));
}

class StoreLockWithLongTexts : public StoreLockTest {
 protected:
  /// What a waiter is told of a flight that `end` ends.
  Error told_by(const std::string& label, const std::function<void(store::StoreLock&)>& end) {
    std::optional<store::StoreLock> producer(take(label));
    Error told;
    std::atomic<bool> seen{false};
    std::thread waiter([&] {
      auto asked = request("n2");
      asked.on_wait = [&](const store::FlightProgress&) { seen = true; };
      const auto outcome = store::take_or_wait(asked);
      if (!outcome) told = outcome.error();
    });
    while (!seen) std::this_thread::yield();
    end(*producer);
    producer.reset();
    waiter.join();
    return told;
  }
};

TEST_P(StoreLockWithLongTexts, TellsAFailureHoweverLongItsWordsAre) {
  // A quote and a backslash take four bytes each, a character may be of several.
  for (const std::string filling : {"x", "\"", "\\", "ä", "\x01"}) {
    std::string text;
    while (text.size() < 20'000) text += filling;
    const auto told = told_by("n1", [&](store::StoreLock& lock) {
      lock.fail(
          {"cannot find it" + text + "no such file", "look" + text + "again", ENOENT, Fault::user});
    });
    EXPECT_EQ(told.what.substr(0, 14), "cannot find it") << filling;
    EXPECT_TRUE(told.what.ends_with("no such file")) << filling;
    EXPECT_TRUE(told.hint.starts_with("look") && told.hint.ends_with("again")) << filling;
    EXPECT_EQ(told.fault, Fault::user) << filling;
    EXPECT_EQ(told.what.find("\ufffd"), std::string::npos) << "a character was cut in two";
  }
}

TEST_P(StoreLockWithLongTexts, ShowsThatItIsAliveHoweverLongItsNameIs) {
  auto producer = take(std::string(9000, 'n'));
  producer.beat(34, 120, std::string(9000, 'd'));
  auto asked = request("n2", milliseconds(300));
  asked.owner = 1001;  // who stops waiting where nothing can be read
  std::atomic<bool> seen{false};
  asked.on_wait = [&](const store::FlightProgress& progress) {
    if (progress.done == 34 && progress.doing.starts_with("ddd")) seen = true;
  };
  ASSERT_TRUE(store::take_or_wait(asked));
  EXPECT_TRUE(seen);
}

TEST_P(StoreLockTest, TheLockOfADeadProcessIsFree) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto outcome = store::take_or_wait(request("n1"));
    ::_exit(outcome ? 0 : 1);  // without a destructor, as by SIGKILL
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_FALSE(fs::is_empty(folder_));
  // A lease is free when it was seen to be silent, which is the end of a flight that was waited for.
  if (GetParam() == store::LockKind::lease) {
    const auto outcome = store::take_or_wait(request("n2"));
    ASSERT_TRUE(outcome && std::holds_alternative<store::FlightEnded>(*outcome));
  }
  take("n2");
}

std::string name_of_kind(const testing::TestParamInfo<store::LockKind>& kind) {
  return kind.param == store::LockKind::flock ? "Flock" : "Lease";
}
constexpr auto both_kinds = [] {
  return testing::Values(store::LockKind::flock, store::LockKind::lease);
};
INSTANTIATE_TEST_SUITE_P(By, StoreLockTest, both_kinds(), name_of_kind);
INSTANTIATE_TEST_SUITE_P(By, StoreLockBetweenUsers, both_kinds(), name_of_kind);
INSTANTIATE_TEST_SUITE_P(By, StoreLockWithLongTexts, both_kinds(), name_of_kind);

}  // namespace
}  // namespace chainer::store_lock_test
