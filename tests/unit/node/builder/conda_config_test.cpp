#include "node/builder/conda_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace chainer::conda_config_test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsSupersetOf;

class CondaConfig : public testing::Test {
 protected:
  CondaConfig() {
    auto path = (fs::path(testing::TempDir()) / "conda_config.XXXXXX").string();
    home_ = ::mkdtemp(path.data());
  }
  ~CondaConfig() override { fs::remove_all(home_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((home_ / name).parent_path());
    std::ofstream(home_ / name) << text;
  }

  fs::path home_;
};

TEST_F(CondaConfig, LiesWhereCondaLooks) {
  const auto home = home_.string();
  const auto files = builder::conda_config_files({{"HOME", home}, {"CONDARC", "/x/own"}});
  EXPECT_EQ(files.front(), "/etc/conda/.condarc");
  EXPECT_EQ(files.back(), "/x/own");
  EXPECT_THAT(files, IsSupersetOf({home + "/.condarc", home + "/.config/conda/.condarc",
                                   home + "/.conda/condarc", home + "/.mambarc"}));
  const auto elsewhere = builder::conda_config_files({{"HOME", home}, {"XDG_CONFIG_HOME", "/c"}});
  EXPECT_THAT(elsewhere, IsSupersetOf({std::string("/c/conda/.condarc")}));
}

TEST_F(CondaConfig, OfLaterFilesAndOfVariablesWeighsMore) {
  write(".conda/.condarc", "channel_alias: https://first.example\nchannels: [a]\n");
  write(".condarc", "channel_alias: https://second.example\nchannels: [b]\n");
  const auto files = builder::load_conda_settings({{"HOME", home_.string()}});
  EXPECT_EQ(files.channel_alias, "https://second.example");
  EXPECT_THAT(files.channels, ElementsAre("b", "a"));
  const auto variables =
      builder::load_conda_settings({{"HOME", home_.string()},
                                    {"CONDA_CHANNEL_ALIAS", "https://third.example"},
                                    {"CONDA_CHANNEL_PRIORITY", "disabled"},
                                    {"CONDA_PREFIX", "/nothing/of/ours"}});
  EXPECT_EQ(variables.channel_alias, "https://third.example");
  EXPECT_FALSE(variables.strict_priority);
}

}  // namespace
}  // namespace chainer::conda_config_test
