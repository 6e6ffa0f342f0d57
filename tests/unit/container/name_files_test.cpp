#include "core/container/name_files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace chainer::name_files_test {
namespace {

const std::string ada = "ada:x:1000:1000:Ada:/home/ada:/bin/bash\n";

TEST(MergedNames, BeginWithTheUsersOwn) {
  EXPECT_EQ(merge_names(ada, "root:x:0:0::/root:/bin/sh\n"), ada + "root:x:0:0::/root:/bin/sh\n");
}

TEST(MergedNames, LeaveOutWhatTheImageSaysOfTheSameNameOrId) {
  EXPECT_EQ(merge_names(
                ada, "ada:x:5:5::/:/bin/sh\nbob:x:1000:7::/:/bin/sh\nadam:x:10000:7::/:/bin/sh\n"),
            ada + "adam:x:10000:7::/:/bin/sh\n");
}

TEST(MergedNames, KeepTheImagesLinesAsTheyAre) {
  EXPECT_EQ(merge_names(ada, "\n+nis\nshort:x\nlast:x:9:9::/:/bin/sh"),
            ada + "+nis\nshort:x\nlast:x:9:9::/:/bin/sh\n");
}

TEST(MergedNames, AreTheUsersAloneInAnImageWithoutAny) { EXPECT_EQ(merge_names(ada, ""), ada); }

TEST(MergedNames, OfGroupsAreThoseOfTheJobFirst) {
  EXPECT_EQ(merge_names("lab:x:50:ada\nhpc:x:60:ada\n", "root:x:0:\nhpc:x:7:bob\nold:x:50:\n"),
            "lab:x:50:ada\nhpc:x:60:ada\nroot:x:0:\n");
}

TEST(TheHost, NamesTheUserAndGroups) {
  const auto names = look_up_names({0, 0, {0}});
  ASSERT_TRUE(names);
  EXPECT_EQ(names->name, "root");
  EXPECT_TRUE(names->passwd_line.starts_with("root:x:0:0:"));
  EXPECT_TRUE(names->passwd_line.ends_with("\n"));
  EXPECT_EQ(names->group_lines, "root:x:0:root\n");
}

TEST(TheHost, ThatDoesNotKnowTheUserIsToBlame) {
  const auto names = look_up_names({3999999999, 0, {}});
  ASSERT_FALSE(names);
  EXPECT_EQ(names.error().what, "cannot find the user 3999999999 on this node");
  EXPECT_EQ(names.error().fault, Fault::node);
}

}  // namespace
}  // namespace chainer::name_files_test
