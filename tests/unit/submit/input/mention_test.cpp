// How findings mention the other keys that they are about.
#include "submit/input/mention.hpp"

#include <gtest/gtest.h>

#include "submit/plan/inspection.hpp"
#include "temporary_folder.hpp"

namespace chainer::mention_test {
namespace {

TEST(Mention, SaysTheFileWhereItIsAnother) {
  const toml::Place here{"train.toml", {3, 1}}, there{"train.toml", {4, 7}};
  const toml::Place elsewhere{"environment.toml", {5, 1}}, given{"--set", {2, 9}};
  EXPECT_EQ(input::mention(there, here), "line 4");
  EXPECT_EQ(input::mention(elsewhere, here), "environment.toml:5");
  EXPECT_EQ(input::mention(given, here), "--set number 2");
  EXPECT_EQ(input::mention(here, given), "train.toml:3");
  EXPECT_EQ(input::mention({"--set", {1, 1}}, given), "--set number 1");
}

/// Files and --set together, as a person meets them.
TEST(Mention, IsRightInEveryRuleThatNamesTwoPlaces) {
  const TemporaryFolder folder;
  folder.write("site.toml",
               "runs = \"/runs\"\n[images]\ncpu = \"h.org/i:1\"\n[node_types.n]\ncpus = 4\nmemory "
               "= \"8g\"\n[compute_targets.c]\nnode_type = \"n\"\n");
  folder.write("recipes/7.8.1.toml", "pip = [\"chainer==7.8.1\"]\n");
  folder.write("train.py", "");
  folder.write("train.toml",
               "entry_script = \"train.py\"\ncompute_target = \"c\"\nframework_version = "
               "\"7.8.1\"\nenvironment_definition = \"environment.toml\"\n");
  folder.write("environment.toml", "[docker]\nbase_image = \"h.org/j:1\"\nenabled = false\n");
  const auto findings = [&](std::vector<std::string> overrides) {
    const auto inspection =
        plan::inspect({"train.toml", "site.toml", std::move(overrides), folder.path()});
    std::string text;
    for (const auto& finding : inspection.findings)
      text += finding.file + ":" + std::to_string(finding.at.line) + ": " + finding.message + "\n";
    return text;
  };
  EXPECT_EQ(findings({"enable_optimized_mode=true"}),
            "--set:1: enable_optimized_mode builds on the site's own image and its curated "
            "environment, and stands beside environment_definition (train.toml:4), "
            "custom_docker_image (environment.toml:2), use_docker = false (environment.toml:3)\n"
            "environment.toml:3: use_docker is false, and stands beside custom_docker_image "
            "(line 2)\n");
  EXPECT_EQ(findings({"run.name=x", "shm_size=1g"}),
            "train.toml:4: environment_definition stands beside shm_size (--set number 2)\n");
}

}  // namespace
}  // namespace chainer::mention_test
