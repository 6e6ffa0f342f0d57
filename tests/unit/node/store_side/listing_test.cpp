#include "node/store_side/listing.hpp"

#include <nlohmann/json.hpp>

#include "node/store_side/lock_note.hpp"
#include "node/wire/message.hpp"
#include "store_folder.hpp"

namespace chainer::listing_test {
namespace {

using fixtures::key;
using fixtures::own_image;
using fixtures::public_image;
using store_side::Listed;

constexpr uid_t curator = 900;

class ListingTest : public fixtures::StoreFolder {
 protected:
  ListingTest() {
    file(store_, public_image('a'), 1000);
    file(store_, own_image('b'), 1000);
    file(store_, environment_of(1000, 'c'), 1000);
    file(store_, environment_of(curator, 'd'), 1000);
    used_at(public_image('a'), 1'000'000'000);
    used_at(own_image('b'), 1'000'000'001);
    used_at(environment_of(1000, 'c'), 1'000'000'002);
    used_at(environment_of(curator, 'd'), 1'000'000'003);
    const std::vector<std::string> hashes{"sha256:" + hex('e')};
    const environment::EnvironmentLock lock{
        key('a'), "3.11.2", "uv",
        "0.13.9", "",       {{"hello", "1.0", "", hashes}, {"other", "2.0", "", hashes}}};
    EXPECT_TRUE(
        store_.write_note(store_side::lock_path(environment_of(1000, 'c')), lock.to_text()));
  }

  static std::string hex(char digit) { return std::string(64, digit); }
  static StoreEntry environment_of(uid_t user, char digit) {
    return {EntryKind::environment, key(digit), Audience::only(user)};
  }
  /// An entry takes as much of the disk as this file system gives it.
  std::string size() const { return wire::human_bytes(store_.list().front().bytes); }
  void used_at(const StoreEntry& entry, time_t time) const {
    const timespec times[] = {{0, UTIME_OMIT}, {time, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, store_.path_of(entry).c_str(), times, 0), 0);
  }

  store::Store store_{open()};
};

TEST_F(ListingTest, OfImagesSaysWhoseTheyAreAndWhenTheyWereUsed) {
  EXPECT_EQ(store_side::listing_text(store_, Listed::images, curator),
            "sha256:" + hex('a') + "  public  " + size() + "  2001-09-09T01:46:40Z\n" +
                "sha256:" + hex('b') + "  1000  " + size() + "  2001-09-09T01:46:41Z\n");
}

TEST_F(ListingTest, OfEnvironmentsSaysWhatTheirLocksHold) {
  EXPECT_EQ(store_side::listing_text(store_, Listed::environments, curator),
            "sha256:" + hex('c') + "  1000  " + size() +
                "  2001-09-09T01:46:42Z  2 packages, Python 3.11.2\n" + "sha256:" + hex('d') +
                "  curated  " + size() + "  2001-09-09T01:46:43Z\n");
}

TEST_F(ListingTest, WithoutACuratorHasNothingCurated) {
  const auto text = store_side::listing_text(store_, Listed::environments, std::nullopt);
  EXPECT_NE(text.find("  900  "), std::string::npos) << text;
}

TEST_F(ListingTest, InJsonHasTheSame) {
  const auto list =
      nlohmann::json::parse(store_side::listing_json(store_, Listed::environments, curator));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["key"], "sha256:" + hex('c'));
  EXPECT_EQ(list[0]["owner"], "1000");
  EXPECT_EQ(list[0]["last_used"], "2001-09-09T01:46:42Z");
  EXPECT_EQ(list[0]["image"], "sha256:" + hex('a'));
  EXPECT_EQ(list[0]["python"], "3.11.2");
  EXPECT_EQ(list[0]["packages"], 2);
  EXPECT_EQ(list[1]["owner"], "curated");
  EXPECT_FALSE(list[1].contains("packages"));
}

}  // namespace
}  // namespace chainer::listing_test
