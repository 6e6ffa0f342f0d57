#include "submit/input/key_value.hpp"

#include <gtest/gtest.h>

#include "submit/cli/explanation.hpp"
#include "submit/input/overrides.hpp"

namespace chainer::key_value_test {
namespace {

toml::Table parsed(const std::string& text, const std::string& file) {
  auto result = toml::parse_toml(text, file);
  auto* table = std::get_if<toml::Table>(&result);
  EXPECT_TRUE(table) << text;
  return table ? *table : toml::Table{};
}

/// The lines of `explain KEY --in train.toml` that say a value.
std::string values(const std::string& key, const std::string& estimator,
                   const std::vector<std::string>& overrides = {}, const std::string& site = "",
                   const std::string& definition = "") {
  auto document = parsed(estimator, "train.toml");
  toml::Report report;
  input::apply_overrides(overrides, document, report);
  const auto site_document = parsed(site, "site.toml");
  const auto defined = parsed(definition, "environment.toml");
  const auto found = *input::find_key(key);
  const auto whole =
      cli::explain(found, {&document, definition.empty() ? nullptr : &defined, &site_document});
  const auto described = cli::explain(found);
  EXPECT_TRUE(whole.starts_with(described)) << whole;
  return whole.substr(described.size());
}

TEST(KeyValue, IsTheFilesWithItsPlace) {
  EXPECT_EQ(values("shm_size", "\nshm_size = \"1g\"\n"), "  value:   \"1g\", train.toml:2:12\n");
  EXPECT_EQ(values("slurm.mem", "[slurm]\nmem = \"1g\"\n"), "  value:   \"1g\", train.toml:2:7\n");
  EXPECT_EQ(values("node_count", "_node_count = 3\n"), "  value:   3, train.toml:1:15\n");
  EXPECT_EQ(values("script_params", "script_params = { \"--a\" = [1, 2.0] }\n"),
            "  value:   { \"--a\" = [1, 2.0] }, train.toml:1:17\n");
}

TEST(KeyValue, IsShownAsItIsWrittenEvenWhereItIsWrong) {
  EXPECT_EQ(values("node_count", "node_count = \"many\"\n"),
            "  value:   \"many\", train.toml:1:14\n");
}

TEST(KeyValue, IsTheCommandLines) {
  EXPECT_EQ(values("shm_size", "shm_size = \"1g\"\n", {"node_count=2", "shm_size=4g"}),
            "  value:   \"4g\", --set number 2\n");
}

TEST(KeyValue, IsTheKeysDefault) {
  EXPECT_EQ(values("shm_size", ""), "  value:   \"2g\", the key's default\n");
  EXPECT_EQ(values("run.name", ""), "  value:   the file's name, the key's default\n");
  EXPECT_EQ(values("slurm.mem", ""), "  value:   not given\n");
}

TEST(KeyValue, IsTheSitesDefaultAtItsLine) {
  const std::string site =
      "default_framework_version = \"7.8.1\"\n"
      "[images]\ncpu = \"docker://h.org/c:1\"\ngpu = \"docker://h.org/g:1\"\n"
      "[node_types.big]\npartition = \"wide\"\nconstraint = \"ib\"\n"
      "[compute_targets.cluster]\nnode_type = \"big\"\npartition = \"main\"\n"
      "[priorities.lowpriority]\nqos = \"scavenger\"\n";
  EXPECT_EQ(
      values("framework_version", "", {}, site),
      "  value:   \"7.8.1\", the site's default, default_framework_version at site.toml:1:29\n");
  EXPECT_EQ(values("custom_docker_image", "", {}, site),
            "  value:   \"docker://h.org/c:1\", the site's default, images.cpu at site.toml:3:7\n");
  EXPECT_EQ(values("custom_docker_image", "use_gpu = true", {}, site),
            "  value:   \"docker://h.org/g:1\", the site's default, images.gpu at site.toml:4:7\n");
  const std::string target = "compute_target = \"cluster\"\n";
  EXPECT_EQ(values("slurm.partition", target, {}, site),
            "  value:   \"main\", the site's default, compute_targets.cluster.partition at "
            "site.toml:10:13\n");
  EXPECT_EQ(values("slurm.constraint", target, {}, site),
            "  value:   \"ib\", the site's default, node_types.big.constraint at site.toml:7:14\n");
  EXPECT_EQ(values("slurm.partition", "vm_size = \"big\"", {}, site),
            "  value:   \"wide\", the site's default, node_types.big.partition at "
            "site.toml:6:13\n");
  EXPECT_EQ(values("slurm.qos", "vm_size = \"big\"\nvm_priority = \"lowpriority\"", {}, site),
            "  value:   \"scavenger\", the site's default, priorities.lowpriority.qos at "
            "site.toml:12:7\n");
  EXPECT_EQ(values("slurm.partition", target + "[slurm]\npartition = \"mine\"", {}, site),
            "  value:   \"mine\", train.toml:3:13\n");
}

TEST(KeyValue, SaysThatTheSiteIsNotKnown) {
  const auto document = parsed("", "train.toml");
  const auto found = *input::find_key("slurm.account");
  const auto value = input::values_of(found, {&document, nullptr, nullptr}).at(0);
  EXPECT_EQ(value.said_by, input::SaidBy::unread_site);
}

TEST(KeyValue, IsThisMachinesOwnWithoutASiteFile) {
  const auto document = parsed("", "train.toml");
  const std::string version = "7.8.1";
  const input::Documents documents{&document, nullptr, nullptr, &version};
  const auto said = [&](const char* key) {
    const auto value = input::values_of(*input::find_key(key), documents).at(0);
    return std::pair(value.text, value.said_by);
  };
  EXPECT_EQ(said("framework_version"),
            std::pair(std::string("\"7.8.1\""), input::SaidBy::this_machine));
  EXPECT_EQ(said("slurm.account"), std::pair(std::string(), input::SaidBy::nobody));
  EXPECT_EQ(said("shm_size"), std::pair(std::string("\"2g\""), input::SaidBy::key));
}

TEST(KeyValue, IsFoundUnderWhatElseItIsCalled) {
  EXPECT_EQ(values("custom_docker_image", "custom_docker_base_image = \"h.org/i:1\"\n"),
            "  value:   \"h.org/i:1\", train.toml:1:28, as custom_docker_base_image\n");
  EXPECT_EQ(values("process_count_per_node",
                   "distributed_training = { type = \"mpi\", process_count_per_node = 4 }\n"),
            "  value:   4, train.toml:1:65, as distributed_training.process_count_per_node\n");
  EXPECT_EQ(values("shm_size", "environment_definition = { docker = { shm_size = \"3g\" } }\n"),
            "  value:   \"3g\", train.toml:1:50, as environment_definition.docker.shm_size\n");
  EXPECT_EQ(
      values("shm_size", "environment_definition = \"environment.toml\"\n", {}, "",
             "[docker]\nshm_size = \"3g\"\n"),
      "  value:   \"3g\", environment.toml:2:12, as environment_definition.docker.shm_size\n");
}

TEST(KeyValue, OfAnInputIsSaidForEachInput) {
  EXPECT_EQ(values("inputs.name", "[[inputs]]\nname = \"a\"\n[[inputs]]\nname = \"b\"\n"),
            "  value:   \"a\", train.toml:2:8\n  value:   \"b\", train.toml:4:8\n");
  EXPECT_EQ(values("inputs", "[[inputs]]\nname = \"a\"\n"), "  value:   train.toml:1:1\n");
}

TEST(KeyValue, OfAPasswordIsNeverShown) {
  const std::string text = "image_registry_details = { username = \"u\", password = \"secret\" }\n";
  for (const auto* key : {"image_registry_details", "image_registry_details.password"}) {
    EXPECT_EQ(values(key, text).find("secret"), std::string::npos) << key;
  }
  EXPECT_EQ(values("image_registry_details.username", text), "  value:   \"u\", train.toml:1:39\n");
  const std::string defined =
      "environment_definition = { docker = { base_image_registry = { password = \"secret\" } } }\n";
  for (const auto& key : input::all_keys()) {
    EXPECT_EQ(values(key.full_name(), defined).find("secret"), std::string::npos)
        << key.full_name();
  }
}

TEST(KeyValue, OfEveryKeyThatTheSiteMaySetIsLookedForInTheSite) {
  for (const auto& key : input::all_keys()) {
    if (key.info.set_by != input::SetBy::site_and_command_line) continue;
    const auto word = std::string(key.info.name);
    const auto site =
        "default_framework_version = \"found\"\n[images]\ncpu = \"found\"\n"
        "[compute_targets.t]\n" +
        word + " = \"found\"\n";
    EXPECT_NE(values(key.full_name(), "compute_target = \"t\"", {}, site).find("found"),
              std::string::npos)
        << key.full_name();
  }
}

}  // namespace
}  // namespace chainer::key_value_test
