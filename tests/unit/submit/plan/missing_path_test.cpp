#include "submit/plan/missing_path.hpp"

#include <gtest/gtest.h>

#include "tests/unit/temporary_folder.hpp"

namespace chainer::missing_path_test {
namespace {

class PathMeant : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto* name : {"train.toml", "train.py", "data/digits/train.npz", "data/more.npz"})
      folder_.write(name, "x");
  }

  std::string meant(std::string_view written, std::string_view ending = {}) const {
    return plan::path_meant_by(written, folder_.path(), ending);
  }

  TemporaryFolder folder_;
};

TEST_F(PathMeant, HasOneNameThatIsWrittenMuchLikeIt) {
  EXPECT_EQ(meant("tarin.toml"), "train.toml");
  EXPECT_EQ(meant("data/digits/tarin.npz"), "data/digits/train.npz");
  EXPECT_EQ(meant("./dat/more.npz"), "./data/more.npz");
  EXPECT_EQ(meant(folder_.path() + "/train.tml"), folder_.path() + "/train.toml");
}

TEST_F(PathMeant, MayLackItsEnding) {
  EXPECT_EQ(meant("train", ".toml"), "train.toml");
  EXPECT_EQ(meant("train", ".py"), "train.py");
}

TEST_F(PathMeant, IsTheOnlyFileOfAFolder) {
  EXPECT_EQ(meant(".", ".toml"), "train.toml");
  EXPECT_EQ(meant("data/", ".npz"), "data/more.npz");
  folder_.write("other.toml", "");
  EXPECT_EQ(meant(".", ".toml"), "");
}

TEST_F(PathMeant, IsNoneWhereNothingIsNear) {
  EXPECT_EQ(meant("evaluate.toml"), "");
  EXPECT_EQ(meant("dat/moore.npz"), "");
  EXPECT_EQ(meant("nowhere/train.toml"), "");
  folder_.write("a.py", "");
  EXPECT_EQ(meant("b.py"), "");
  EXPECT_EQ(meant("train.toml"), "");
  EXPECT_EQ(meant(""), "");
}

TEST(FileMeant, MayLieInAnotherFolder) {
  plan::SourceTree source;
  for (const auto* path : {"scripts/train.py", "scripts/model.py"}) source.files.push_back({path});
  EXPECT_EQ(plan::file_meant_by("train.py", source), "scripts/train.py");
  EXPECT_EQ(plan::file_meant_by("scripts/models.py", source), "scripts/model.py");
  EXPECT_EQ(plan::file_meant_by("scripts/model", source, ".py"), "scripts/model.py");
  EXPECT_EQ(plan::file_meant_by("other.py", source), "");
}

TEST(TheHint, OnAPathOfAShellSaysThatThereIsNone) {
  const auto hint = [](std::string_view written) {
    return plan::hint_on_missing(written, "", "otherwise");
  };
  EXPECT_EQ(hint("~/data"), "no shell replaces ~ here: write the path out");
  EXPECT_EQ(hint("$HOME/data"), "no shell replaces $HOME here: write the path out");
  EXPECT_EQ(hint("data"), "otherwise");
  EXPECT_EQ(plan::hint_on_missing("dat", "data", "otherwise"), "did you mean 'data'?");
}

}  // namespace
}  // namespace chainer::missing_path_test
