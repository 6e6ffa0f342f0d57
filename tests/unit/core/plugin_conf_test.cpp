#include "core/plugin_conf.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer::plugin_conf_test {
namespace {

std::string message(std::string_view text) {
  const auto conf = parse_plugin_conf(text, "/etc/chainer/plugin.conf");
  return conf ? "ok" : conf.error().what;
}

TEST(PluginConf, ReadsKeysCommentsAndBlanks) {
  const auto conf = parse_plugin_conf(
      "# a comment\n\nstore /srv/chainer   # the share\n\tdefault_shm_size 64m\nbind "
      "/scratch\nbind /data#1\n"
      "allow_root yes\nprivate_images share\nwarm_mounts 3\nstore_locks lease\nkeep_used_days "
      "30\ncurator anne\nbind_home no\nruntimes native, apptainer\nlayer_size 4g\n"
      "pmix_timeout 900",
      "f");
  ASSERT_TRUE(conf) << conf.error().what;
  EXPECT_EQ(conf->store, "/srv/chainer");
  EXPECT_EQ(conf->default_shm_size.to_string(), "64m");
  EXPECT_EQ(conf->binds, (std::vector<std::string>{"/scratch", "/data#1"}));
  EXPECT_TRUE(conf->allow_root);
  EXPECT_EQ(conf->private_images, PrivateImages::share);
  EXPECT_EQ(conf->warm_mounts, 3U);
  EXPECT_EQ(conf->store_locks, StoreLocks::lease);
  EXPECT_EQ(conf->keep_used_days, 30U);
  EXPECT_EQ(conf->pmix_timeout, 900U);
  EXPECT_EQ(conf->curator, "anne");
  EXPECT_FALSE(conf->bind_home);
  EXPECT_EQ(names_of(conf->runtimes), "native, apptainer");
  ASSERT_TRUE(conf->layer_size);
  EXPECT_EQ(conf->layer_size->to_string(), "4g");
}

TEST(PluginConf, SaysOfEachKeyWhatItMeansAndWhatHoldsWithoutIt) {
  const auto without = parse_plugin_conf("store /s\n", "f");
  ASSERT_TRUE(without);
  for (const auto& key : plugin_conf_keys()) {
    EXPECT_FALSE(key.value.empty() || key.sentence.empty()) << key.name;
    if (key.fallback.empty()) continue;
    const auto text = std::string(key.name) + " " + std::string(key.fallback) + "\n";
    const auto with = parse_plugin_conf("store /s\n" + text, "f");
    ASSERT_TRUE(with) << with.error().what;
    EXPECT_TRUE(*with == *without) << text << "is not the default";
  }
}

TEST(PluginConf, AllowsTheNativeRuntimeAloneUnlessItNamesOthers) {
  EXPECT_EQ(names_of(parse_plugin_conf("store /s\n", "f")->runtimes), "native");
  EXPECT_EQ(message("store /s\nruntimes native, rkt\n"),
            "/etc/chainer/plugin.conf:2: 'rkt' is not a runtime that can be used");
}

TEST(PluginConf, NamesEveryLineThatIsWrong) {
  char path[] = "/tmp/plugin-conf-test.XXXXXX";
  const UniqueFd file(::mkstemp(path));
  ASSERT_TRUE(file);
  ASSERT_TRUE(write_all(file.get(), "stor /s\nbind s\nallow_root maybe\n"));
  std::vector<std::string> problems;
  for (const auto& problem : problems_of_plugin_conf(path)) problems.push_back(problem.what);
  ::unlink(path);
  if (::geteuid() != 0) {
    EXPECT_EQ(problems, std::vector{std::string(path) + " can be written by others than root"});
    return;
  }
  const std::string file_name = path;
  EXPECT_EQ(problems, (std::vector<std::string>{file_name + ":1: unknown key 'stor'",
                                                file_name + ":2: 's' is not an absolute path",
                                                file_name + ":3: 'maybe' is neither yes nor no",
                                                file_name + ": the key 'store' is missing"}));
  EXPECT_EQ(problems_of_plugin_conf("/nowhere/plugin.conf").front().what,
            "cannot read /nowhere/plugin.conf: No such file or directory");
}

TEST(PluginConf, NamesTheLineOfWhatIsWrong) {
  EXPECT_EQ(message("store /s\nstor /s\n"), "/etc/chainer/plugin.conf:2: unknown key 'stor'");
  EXPECT_EQ(message("store s\n"), "/etc/chainer/plugin.conf:1: 's' is not an absolute path");
  EXPECT_EQ(message("store /s\nstore /s\n"), "/etc/chainer/plugin.conf:2: 'store' is given twice");
  EXPECT_EQ(message("store /s\nbind_home no\nbind_home no\n"),
            "/etc/chainer/plugin.conf:3: 'bind_home' is given twice");
  EXPECT_EQ(message("store\n"), "/etc/chainer/plugin.conf:1: 'store' has no value");
  for (const auto* value : {"-1", "257", "1k", "many", "0x2"}) {
    EXPECT_TRUE(message(std::string("store /s\nwarm_mounts ") + value + "\n").find("0 to 256") !=
                std::string::npos)
        << value;
  }
  EXPECT_EQ(message("store /s\nstore_locks fcntl\n"),
            "/etc/chainer/plugin.conf:2: 'fcntl' is none of auto, flock and lease");
  EXPECT_EQ(message("store /s\nallow_root 1\n"),
            "/etc/chainer/plugin.conf:2: '1' is neither yes nor no");
  EXPECT_EQ(message(""), "/etc/chainer/plugin.conf: the key 'store' is missing");
}

TEST(PluginConf, TakesAPathAloneForABind) {
  EXPECT_EQ(message("store /s\nbind /a:/b\n"), "/etc/chainer/plugin.conf:2: '/a:/b' has a colon");
  EXPECT_EQ(message("store /s\nbind_if_present a\n"),
            "/etc/chainer/plugin.conf:2: 'a' is not an absolute path");
  EXPECT_EQ(message("store /s\nbind /a/../b\n"),
            "/etc/chainer/plugin.conf:2: '/a/../b' has . or .. in it");
  EXPECT_EQ(message("store /s\nbind /\n"),
            "/etc/chainer/plugin.conf:2: the host's root cannot be shown in a container");
  const auto conf = parse_plugin_conf("store /s\nbind_if_present /a\nbind_if_present /b", "f");
  ASSERT_TRUE(conf);
  EXPECT_EQ(conf->binds_if_present, (std::vector<std::string>{"/a", "/b"}));
  EXPECT_TRUE(conf->binds.empty());
}

TEST(PluginConf, NamesTheVariablesThatNoContainerGets) {
  const auto names = [](const std::string& line) {
    return parse_plugin_conf("store /s\n" + line, "f")->drop_variables;
  };
  EXPECT_EQ(names("drop_variables A, B_*,C"), (std::vector<std::string>{"A", "B_*", "C"}));
  EXPECT_TRUE(names("drop_variables none").empty());
  EXPECT_EQ(names(""), PluginConf::default_drop_variables());
  EXPECT_EQ(message("store /s\ndrop_variables A,*\n"),
            "/etc/chainer/plugin.conf:2: '*' is not the name of a variable");
}

TEST(PluginConf, IsTheAdministratorsToMend) {
  const auto conf = parse_plugin_conf("x", "f");
  ASSERT_FALSE(conf);
  EXPECT_EQ(conf.error().fault, Fault::node);
  EXPECT_FALSE(conf.error().hint.empty());
}

TEST(PluginConf, SaysThatAFileIsNotThere) {
  const auto conf = load_plugin_conf("/nonexistent/plugin.conf");
  ASSERT_FALSE(conf);
  EXPECT_EQ(conf.error().what, "cannot read /nonexistent/plugin.conf: No such file or directory");
}

TEST(PluginConf, IsNotReadFromADevice) {
  const auto conf = load_plugin_conf("/dev/null");
  ASSERT_FALSE(conf);
  EXPECT_EQ(conf.error().what, "/dev/null is not a regular file");
}

}  // namespace
}  // namespace chainer::plugin_conf_test
