#include "core/conda/conda_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer::conda_settings_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

CondaSettings settings_of(std::string_view condarc) {
  CondaSettings settings;
  settings.read_file(condarc);
  return settings;
}

TEST(CondaSettings, KnowWhatAChannelsNameMeans) {
  const CondaSettings settings;
  EXPECT_THAT(settings.urls_of("conda-forge"),
              ElementsAre("https://conda.anaconda.org/conda-forge"));
  EXPECT_THAT(settings.urls_of("https://host/a/"), ElementsAre("https://host/a"));
  EXPECT_THAT(settings.urls_of("/srv/channel"), ElementsAre("file:///srv/channel"));
  EXPECT_THAT(settings.urls_of("nodefaults"), IsEmpty());
  EXPECT_THAT(settings.urls_of("defaults"), ElementsAre("https://repo.anaconda.com/pkgs/main",
                                                        "https://repo.anaconda.com/pkgs/r"));
}

TEST(CondaSettings, TakeConfiguredPlaces) {
  const auto settings = settings_of(
      "channel_alias: https://mirror.example/conda/\n"
      "custom_channels:\n  lab: https://lab.example/channels\n"
      "default_channels: [https://mirror.example/main]\n"
      "custom_multichannels:\n  ours: [lab2, https://x.example/y]\n");
  EXPECT_THAT(settings.urls_of("conda-forge"),
              ElementsAre("https://mirror.example/conda/conda-forge"));
  EXPECT_THAT(settings.urls_of("lab/label/dev"),
              ElementsAre("https://lab.example/channels/lab/label/dev"));
  EXPECT_THAT(settings.urls_of("defaults"), ElementsAre("https://mirror.example/main"));
  EXPECT_THAT(settings.urls_of("ours"),
              ElementsAre("https://mirror.example/conda/lab2", "https://x.example/y"));
}

TEST(CondaSettings, LeaveAChannelsUrlAloneWhereThereIsAMirror) {
  const auto settings =
      settings_of("mirrored_channels:\n  conda-forge: [https://near.example/cf]\n");
  EXPECT_THAT(settings.urls_of("conda-forge"),
              ElementsAre("https://conda.anaconda.org/conda-forge"));
  EXPECT_THAT(settings.mirrors_by_url(), ElementsAre(Pair("https://conda.anaconda.org/conda-forge",
                                                          ElementsAre("https://near.example/cf"))));
}

TEST(CondaSettings, ChooseChannelsForAFileThatNamesNone) {
  EXPECT_THAT(CondaSettings().urls_of_all({}),
              ElementsAre("https://conda.anaconda.org/conda-forge"));
  auto settings = settings_of("channels: [a]\n");
  settings.read_file("channels:\n  - b\n  - a\n");
  EXPECT_THAT(settings.channels, ElementsAre("b", "a"));
  EXPECT_THAT(settings.urls_of_all({"c", "nodefaults", "c"}),
              ElementsAre("https://conda.anaconda.org/c"));
  settings.read_variable("channels", "x, y");
  EXPECT_THAT(settings.channels, ElementsAre("x", "y", "b", "a"));
}

TEST(CondaSettings, KeepCredentialsApart) {
  const auto settings = settings_of(
      "channel_alias: https://someone:hunter2@host.example:8443/conda\n"
      "channels: [https://other.example/t/to-12ab/lab]\n");
  EXPECT_EQ(settings.channel_alias, "https://host.example:8443/conda");
  EXPECT_THAT(settings.channels, ElementsAre("https://other.example/lab"));
  EXPECT_THAT(settings.credentials,
              ElementsAre(ChannelCredential{"host.example", "someone", "hunter2", ""},
                          ChannelCredential{"other.example", "", "", "to-12ab"}));
  EXPECT_THAT(settings.fingerprint(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(settings.fingerprint(), Not(HasSubstr("to-12ab")));
}

TEST(CondaSettings, TakeCertificatesAndProxies) {
  const auto settings = settings_of(
      "ssl_verify: /etc/site-ca.pem\n"
      "proxy_servers:\n  https: http://proxy.example:3128\n"
      "channel_priority: disabled\n");
  EXPECT_EQ(settings.certificates, "/etc/site-ca.pem");
  EXPECT_TRUE(settings.verify_tls);
  EXPECT_EQ(settings.https_proxy, "http://proxy.example:3128");
  EXPECT_FALSE(settings.strict_priority);
  EXPECT_FALSE(settings_of("ssl_verify: false\n").verify_tls);
  EXPECT_EQ(settings_of("ssl_verify: true\n").certificates, "");
}

TEST(CondaSettings, PassOverWhatTheyCannotRead) {
  for (const auto* text : {"", "- x\n", "{{{", "channels: {a: b}\nchannel_alias: [1]\n"}) {
    EXPECT_EQ(settings_of(text).fingerprint(), CondaSettings().fingerprint()) << text;
  }
}

}  // namespace
}  // namespace chainer::conda_settings_test
