#include "node/source/tree_source.hpp"

#include <gtest/gtest.h>

#include "temporary_folder.hpp"

namespace chainer::tree_source_test {
namespace {

/// What the test says of a tree, and how often it was read.
struct Facts {
  std::string content{"content"};
  archive::TreeStamp stamp{"before", true};
  bool has_stamp{true};
  std::string remark{};
  int read{0};
};

class Tree : public archive::RootTree {
 public:
  explicit Tree(Facts& facts) : facts_(facts) {}
  Result<void> write_tar(const archive::Sink& sink) override {
    ++facts_.read;
    return sink(facts_.content);
  }
  std::optional<std::string> small_file(const std::string&, std::size_t) override { return {}; }
  Result<archive::TreeStamp> stamp() override {
    if (!facts_.has_stamp) return Error{"cannot look at it"};
    return facts_.stamp;
  }
  std::string remark() const override { return facts_.remark; }

 private:
  Facts& facts_;
};

class TreeSourceTest : public testing::Test {
 protected:
  /// The digest that a step finds, which knows what earlier steps kept.
  std::string digest() {
    source::TreeSource image(std::make_unique<Tree>(facts_), "tree", std::nullopt,
                             source::TreeNotes(folder_.path()));
    const auto resolved = image.resolve(std::nullopt);
    EXPECT_TRUE(resolved) << resolved.error().what;
    return resolved->digest.to_string();
  }

  TemporaryFolder folder_;
  Facts facts_{};
};

TEST_F(TreeSourceTest, ReadsATreeOnceAsLongAsItDoesNotChange) {
  const auto first = digest();
  EXPECT_EQ(digest(), first);
  EXPECT_EQ(facts_.read, 1);
  facts_.content = "other content";
  facts_.stamp.text = "after";
  EXPECT_NE(digest(), first);
  EXPECT_EQ(facts_.read, 2);
}

TEST_F(TreeSourceTest, ReadsATreeAgainThatWasChangedJustNow) {
  facts_.stamp.settled = false;
  const auto first = digest();
  facts_.content = "other content";
  EXPECT_NE(digest(), first);
}

TEST_F(TreeSourceTest, ReadsATreeAgainOfWhichThereIsSomethingToSay) {
  facts_.remark = "1 file cannot be read by you";
  digest();
  digest();
  EXPECT_EQ(facts_.read, 2);
}

TEST_F(TreeSourceTest, ReadsATreeAgainThatCannotBeLookedAt) {
  facts_.has_stamp = false;
  EXPECT_EQ(digest(), digest());
  EXPECT_EQ(facts_.read, 2);
}

}  // namespace
}  // namespace chainer::tree_source_test
