#include "spank_plugin/pmix_folders.hpp"

#include <gtest/gtest.h>

namespace chainer::pmix_folders_test {
namespace {

TEST(PmixsFolders, AreThoseThatMpiPmixSays) {
  const auto folders = find_pmix_folders("/var/spool/slurmd//pmix.12.0/", "", 1000);
  EXPECT_EQ(folders.server, "/var/spool/slurmd/pmix.12.0");
  EXPECT_EQ(folders.client, "");
}

TEST(PmixsFolders, OfTheTasksLieWhereTheUserWantsThem) {
  EXPECT_EQ(find_pmix_folders("/spool/pmix.12.3", "/var/tmp/", 1000).client,
            "/var/tmp/spmix_appdir_1000_12.3");
  EXPECT_EQ(find_pmix_folders("/spool/pmix.12.3", "relative", 1000).client, "");
}

TEST(PmixsFolders, AreNoneWithoutMpiPmix) {
  EXPECT_EQ(find_pmix_folders("", "/var/tmp", 1000).server, "");
  EXPECT_EQ(find_pmix_folders("", "/var/tmp", 1000).client, "");
  EXPECT_EQ(find_pmix_folders("/elsewhere", "/var/tmp", 1000).client, "");
}

}  // namespace
}  // namespace chainer::pmix_folders_test
