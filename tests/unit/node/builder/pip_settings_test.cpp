#include "node/builder/pip_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer::pip_settings_test {
namespace {

using testing::ElementsAre;

TEST(PipSettings, ReadsAConfigurationFile) {
  builder::PipSettings settings;
  settings.read_file(
      "# the site's\n[global]\nindex-url = https://index.example/simple\n"
      "extra_index_url:\n    https://one.example/simple\n    https://two.example/simple\n"
      "; more\ntrusted-host = a.example b.example\ncert = /etc/ca.pem\nproxy = http://proxy:3128\n"
      "timeout = 60\nno-index = yes\n[freeze]\ntimeout = 10\n");
  EXPECT_EQ(settings.index_url, "https://index.example/simple");
  EXPECT_THAT(settings.extra_index_urls,
              ElementsAre("https://one.example/simple", "https://two.example/simple"));
  EXPECT_THAT(settings.trusted_hosts, ElementsAre("a.example", "b.example"));
  EXPECT_EQ(settings.certificates, "/etc/ca.pem");
  EXPECT_EQ(settings.proxy, "http://proxy:3128");
  EXPECT_EQ(settings.timeout, "60");
  EXPECT_TRUE(settings.no_index);
}

TEST(PipSettings, LetTheInstallSectionWinWhereverItStands) {
  builder::PipSettings settings;
  settings.read_file(
      "[install]\nindex-url = https://install/\n[global]\nindex-url = https://global/\n");
  EXPECT_EQ(settings.index_url, "https://install/");
}

TEST(PipSettings, LetVariablesWinOverFiles) {
  builder::PipSettings settings;
  settings.read_file("[global]\nindex-url = https://file/\n");
  settings.read_variables({{"PIP_INDEX_URL", "https://variable/"},
                           {"PIP_FIND_LINKS", "/wheels https://links/"},
                           {"PIP_CERT", ""},
                           {"INDEX_URL", "https://other/"}});
  EXPECT_EQ(settings.index_url, "https://variable/");
  EXPECT_THAT(settings.find_links, ElementsAre("/wheels", "https://links/"));
}

TEST(PipSettings, SurviveTextThatIsNoConfiguration) {
  builder::PipSettings settings;
  settings.read_file("  indented\n[unclosed\n=\n[global]\nindex-url\n]\n");
  EXPECT_EQ(settings.index_url, "");
}

TEST(PipSettings, KeepCredentialsOutOfTheFingerprint) {
  builder::PipSettings settings;
  settings.set("index-url", "https://user:secret@index/simple");
  settings.set("extra-index-url", "https://extra/simple?token=secret");
  settings.set("find-links", "https://secret@links/");
  EXPECT_EQ(
      settings.fingerprint(),
      "index https://index/simple\nextra https://extra/simple?token=***\nlinks https://links/\n");
}

TEST(PipConfigFiles, AreThoseOfPipInItsOrder) {
  EXPECT_THAT(builder::pip_config_files({{"HOME", "/home/u"}}),
              ElementsAre("/etc/xdg/pip/pip.conf", "/etc/pip.conf", "/home/u/.pip/pip.conf",
                          "/home/u/.config/pip/pip.conf"));
  EXPECT_THAT(builder::pip_config_files({{"HOME", "/h"},
                                         {"XDG_CONFIG_HOME", "/c"},
                                         {"XDG_CONFIG_DIRS", "/x:/y"},
                                         {"PIP_CONFIG_FILE", "/p.conf"}}),
              ElementsAre("/x/pip/pip.conf", "/y/pip/pip.conf", "/etc/pip.conf", "/h/.pip/pip.conf",
                          "/c/pip/pip.conf", "/p.conf"));
  EXPECT_THAT(builder::pip_config_files({{"PIP_CONFIG_FILE", "/dev/null"}}), ElementsAre());
}

}  // namespace
}  // namespace chainer::pip_settings_test
