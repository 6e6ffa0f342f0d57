#include "core/warm_slots.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace chainer::warm_slots_test {
namespace {

namespace fs = std::filesystem;

constexpr const char* entry = "users/1000/manifest/0123";

class Slots : public testing::Test {
 protected:
  Slots() {
    auto path = (fs::path(testing::TempDir()) / "warm.XXXXXX").string();
    folder_ = ::mkdtemp(path.data());
  }
  ~Slots() override { fs::remove_all(folder_); }

  WarmSlots slots() const {
    return {UniqueFd(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), folder_};
  }
  static WarmSlot slot(unsigned number) { return {number, {8, 1, 42, 4096, 7}, 1799, entry}; }

  fs::path folder_;
};

TEST_F(Slots, SayWhatTheyWereAssigned) {
  ASSERT_TRUE(slots().assign(slot(3)));
  const auto list = slots().list();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].number, 3U);
  EXPECT_EQ(list[0].identity, slot(3).identity);
  EXPECT_EQ(list[0].mounted_device, 1799U);
  EXPECT_EQ(list[0].entry, entry);
  EXPECT_TRUE(slots().places().open_root(3));
}

TEST_F(Slots, AreAssignedAgainAndDropped) {
  ASSERT_TRUE(slots().assign(slot(0)));
  auto other = slot(0);
  other.entry = "public/manifest/4567";
  ASSERT_TRUE(slots().assign(other));
  EXPECT_EQ(slots().list().at(0).entry, other.entry);
  slots().drop(0);
  EXPECT_TRUE(slots().list().empty());
}

TEST_F(Slots, AreNoneWhereTheRecordSaysNothing) {
  fs::create_directories(folder_ / "not a number");
  fs::create_directories(folder_ / "5");
  EXPECT_TRUE(slots().list().empty());
  ASSERT_TRUE(slots().assign(slot(5)));
  fs::remove(folder_ / "5/record");
  fs::create_symlink("/etc/hostname", folder_ / "5/record");
  EXPECT_TRUE(slots().list().empty());
}

TEST(WarmSlot, IsReadAsItWasWritten) {
  const WarmSlot one{1, {1, 2, 3, 4, 5}, 6, entry};
  EXPECT_EQ(one.record(), "1 1 2 3 4 5 6\nusers/1000/manifest/0123\n");
  const auto read = WarmSlot::parse(1, one.record());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->record(), one.record());
}

TEST(WarmSlot, IsNotReadFromAnythingElse) {
  for (const auto* text :
       {"", "\n", "1\n", "2 1 2 3 4 5 6\na\n", "1 1 2 3 4 5\na\n", "1 1 2 3 4 5 6 7\na\n",
        "1 1 2 3 4 5 6\n", "1 1 2 3 4 5 6\n\n", "1 1 2 3 4 5 6\na\nb\n", "1 -1 2 3 4 5 6\na\n",
        "1 1 2 3 4 5 99999999999999999999\na\n", "1 0x1 2 3 4 5 6\na\n"}) {
    EXPECT_FALSE(WarmSlot::parse(1, text)) << text;
  }
}

TEST(EntryIdentity, IsTheFilesAndNotTheNames) {
  const auto folder = fs::path(testing::TempDir()) / "identity";
  fs::create_directories(folder);
  const auto identity = [&](const char* name) {
    const UniqueFd fd(::open((folder / name).c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600));
    return EntryIdentity::of(fd.get());
  };
  const auto first = identity("a");
  ASSERT_TRUE(first);
  EXPECT_EQ(identity("a"), first);
  EXPECT_NE(identity("b"), first);
  fs::rename(folder / "b", folder / "a");
  EXPECT_NE(identity("a"), first);
  EXPECT_FALSE(EntryIdentity::of(-1));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace chainer::warm_slots_test
