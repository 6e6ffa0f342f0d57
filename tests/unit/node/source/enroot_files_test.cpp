#include "node/source/enroot_files.hpp"

#include <gtest/gtest.h>

namespace chainer::enroot_files_test {
namespace {

using Words = std::vector<std::string>;

std::string rc(const std::string& folder, const std::string& entrypoint) {
  return "# enroot-provenance: docker://registry#a:b\n\nmkdir -p \"" + folder +
         "\" 2> /dev/null\ncd \"" + folder +
         "\" && unset OLDPWD || exit 1\n\nif [ -s /etc/rc.local ]; then\n    . "
         "/etc/rc.local\nfi\n\n"
         "if [ $# -gt 0 ]; then\n    exec " +
         entrypoint + " \"$@\"\nelse\n    exec " + entrypoint + " 'python3'\nfi\n";
}

TEST(EnrootFiles, SayWhatTheImageSet) {
  const auto settings =
      source::settings_of_enroot(rc("/workspace", "'/opt/entry point.sh' 'it'\\''s'"),
                                 "PATH=/opt/conda/bin:/bin\nEMPTY=\nA=b=c\n");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->environment, (Words{"PATH=/opt/conda/bin:/bin", "EMPTY=", "A=b=c"}));
  EXPECT_EQ(settings->working_directory, "/workspace");
  EXPECT_EQ(settings->entrypoint, (Words{"/opt/entry point.sh", "it's"}));
}

TEST(EnrootFiles, WithoutAnEntrypointNameNone) {
  const auto settings = source::settings_of_enroot(rc("/", ""), "");
  ASSERT_TRUE(settings);
  EXPECT_TRUE(settings->entrypoint.empty());
  EXPECT_TRUE(settings->environment.empty());
}

TEST(EnrootFiles, AreNotThoseOfAnySystem) {
  EXPECT_FALSE(source::settings_of_enroot("#!/bin/sh -e\nexit 0\n", "PATH=/usr/bin\n"));
  EXPECT_FALSE(source::settings_of_enroot("", "PATH=/usr/bin\n"));
}

TEST(EnrootFiles, GiveNothingThatIsNoVariable) {
  const auto settings = source::settings_of_enroot(
      rc("/", "$'a\\nb'"), std::string("A=two\nlines\n# B=c\n=d\nE F=g\nH=i") + '\0' + "j\nK=l");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->environment, (Words{"A=two", "K=l"}));
  EXPECT_TRUE(settings->entrypoint.empty()) << "written in a way that is not read";
}

}  // namespace
}  // namespace chainer::enroot_files_test
