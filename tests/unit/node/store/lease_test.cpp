#include "node/store/lease.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "node/store/lock_kind.hpp"

namespace chainer::lease_test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using store::Lease;
using store::LeaseWatch;

class LeaseTest : public testing::Test {
 protected:
  LeaseTest() { folder_ = ::mkdtemp(folder_.data()); }
  ~LeaseTest() override { fs::remove_all(folder_); }

  std::string path() const { return folder_ + "/lease"; }
  std::optional<Lease> take() const {
    auto lease = LeaseWatch(path()).try_take();
    EXPECT_TRUE(lease);
    return *std::move(lease);
  }
  /// As an owner leaves it that was killed.
  void leave_a_dead_one() const {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto lease = LeaseWatch(path()).try_take();
      ::_exit(lease && *lease ? 0 : 1);  // without a destructor
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    ASSERT_TRUE(fs::exists(path()));
  }

  std::string folder_{"/tmp/chainer-lease-XXXXXX"};
};

TEST_F(LeaseTest, IsHadByOneAndLeavesNothing) {
  auto lease = take();
  EXPECT_TRUE(lease);
  EXPECT_FALSE(take());
  lease.reset();
  EXPECT_TRUE(fs::is_empty(folder_));
  EXPECT_TRUE(take());
}

TEST_F(LeaseTest, OfALivingOwnerIsNotTakenHoweverLongOneWaits) {
  const auto lease = take();
  LeaseWatch watch(path(), milliseconds(2500));
  for (int look = 0; look < 80; ++look) {
    const auto got = watch.try_take();
    ASSERT_TRUE(got && !*got);
    std::this_thread::sleep_for(milliseconds(50));
  }
}

TEST_F(LeaseTest, OfADeadOwnerGoesToOneOfThoseWhoWait) {
  leave_a_dead_one();
  std::atomic<int> owners{0};
  std::atomic<int> at_once{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 8; ++i) {
    waiters.emplace_back([&] {
      for (LeaseWatch watch(path(), milliseconds(2500));;
           std::this_thread::sleep_for(milliseconds(10))) {
        auto lease = watch.try_take();
        ASSERT_TRUE(lease) << lease.error().what;
        if (!*lease) continue;
        ++owners;
        EXPECT_EQ(++at_once, 1);
        std::this_thread::sleep_for(milliseconds(20));
        --at_once;
        return;
      }
    });
  }
  for (auto& waiter : waiters) waiter.join();
  EXPECT_EQ(owners, 8) << "one after the other";
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(LeaseTest, WhoseSuccessorDiedToo) {
  leave_a_dead_one();
  std::string number;
  std::getline(std::ifstream(path()), number, ' ');
  std::ofstream(path() + ".after-" + number) << "0123456789abcdef 1\n";
  for (LeaseWatch watch(path(), milliseconds(200));; std::this_thread::sleep_for(milliseconds(5))) {
    const auto lease = watch.try_take();
    ASSERT_TRUE(lease);
    if (*lease) return;
  }
}

TEST_F(LeaseTest, WhoseBytesAServerLost) {
  std::ofstream(path()).flush();
  for (LeaseWatch watch(path(), milliseconds(200));; std::this_thread::sleep_for(milliseconds(5))) {
    const auto lease = watch.try_take();
    ASSERT_TRUE(lease);
    if (*lease) return;
  }
}

TEST_F(LeaseTest, ThatWasTakenOverIsNotRemovedByItsFirstOwner) {
  auto first = take();
  auto second = LeaseWatch(path()).take_over();
  ASSERT_TRUE(second && *second);
  first.reset();
  EXPECT_TRUE(fs::exists(path()));
  EXPECT_FALSE(take());
}

TEST(LockKind, IsFlockWhereItReachesAllNodes) {
  using store::lock_kind_on;
  using store::LockKind;
  EXPECT_EQ(lock_kind_on("ext4", "rw,discard"), LockKind::flock);
  EXPECT_EQ(lock_kind_on("xfs", "rw"), LockKind::flock);
  EXPECT_EQ(lock_kind_on("nfs4", "rw,vers=4.2,hard,local_lock=none,addr=10.0.0.1"),
            LockKind::flock);
  EXPECT_EQ(lock_kind_on("nfs", "rw,vers=3,local_lock=all,addr=10.0.0.1"), LockKind::lease);
  EXPECT_EQ(lock_kind_on("nfs", "rw,vers=3,nolock,local_lock=none"), LockKind::lease);
  EXPECT_EQ(lock_kind_on("lustre", "rw,flock,lazystatfs"), LockKind::flock);
  EXPECT_EQ(lock_kind_on("lustre", "rw,localflock,lazystatfs"), LockKind::lease);
  EXPECT_EQ(lock_kind_on("lustre", "rw,noflock"), LockKind::lease);
  EXPECT_EQ(lock_kind_on("beegfs", "rw"), LockKind::lease);
  EXPECT_EQ(lock_kind_on("fuse.sshfs", "rw"), LockKind::lease);
  EXPECT_EQ(lock_kind_on("", ""), LockKind::lease);
}

TEST(LockKind, IsWhatTheSiteSays) {
  EXPECT_EQ(store::lock_kind_in("/tmp", StoreLocks::lease), store::LockKind::lease);
  EXPECT_EQ(store::lock_kind_in("/proc", StoreLocks::flock), store::LockKind::flock);
  EXPECT_EQ(store::lock_kind_in("/proc", StoreLocks::automatic), store::LockKind::lease);
}

}  // namespace
}  // namespace chainer::lease_test
