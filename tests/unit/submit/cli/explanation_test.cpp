#include "submit/cli/explanation.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "submit/cli/json_text.hpp"
#include "temporary_folder.hpp"

namespace chainer::explanation_test {
namespace {

TEST(Explanation, ShowsAKeyWithAllThatIsSaidAboutIt) {
  EXPECT_EQ(cli::explain(*input::find_key("slurm.mem")),
            "slurm.mem\n"
            "  Memory on every node, which files in /dev/shm count against.\n"
            "  type:    size (b, k, m or g)\n"
            "  set by:  the file, --set\n"
            "  example: slurm.mem = \"64g\"\n");
  EXPECT_EQ(cli::explain(*input::find_key("shm_size")),
            "shm_size\n"
            "  The size of /dev/shm, private to the run on every node.\n"
            "  type:    size (b, k, m or g)\n"
            "  default: \"2g\"\n"
            "  set by:  the file, --set\n"
            "  example: shm_size = \"16g\"\n");
  EXPECT_EQ(input::find_key("mem")->full_name(), "slurm.mem");
  EXPECT_EQ(input::find_key("_node_count")->full_name(), "node_count");
  EXPECT_FALSE(input::find_key("nothing"));
}

TEST(Explanation, PageIsTheOneThatIsCheckedIn) {
  const std::string path = std::string(PROJECT_FOLDER) + "/docs/estimator.md";
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path) << cli::reference_page();
  EXPECT_EQ(contents(path), cli::reference_page());
}

TEST(KeyTable, NamesEveryKeyOnceAndSaysWhatItIs) {
  std::set<std::string> names;
  for (const auto& key : input::all_keys()) {
    EXPECT_TRUE(names.insert(key.full_name()).second) << key.full_name();
    EXPECT_FALSE(toml::words(key.info.kind).empty()) << key.full_name();
    EXPECT_TRUE(key.info.sentence.ends_with('.')) << key.full_name();
  }
}

TEST(KeyTable, HasAnExampleThatReadsForEveryKeyButThePassword) {
  for (const auto& key : input::all_keys()) {
    if (key.info.name == "password") continue;
    const auto line = cli::example_line(key);
    const auto parsed = toml::parse_toml(line, "");
    const auto* document = std::get_if<toml::Table>(&parsed);
    ASSERT_TRUE(document) << line;
    toml::Report report;
    input::read_estimator(*document, "train.toml", report);
    for (const auto& finding : report.sorted()) {
      EXPECT_NE(finding.severity, Severity::error) << line << ": " << finding.message;
    }
  }
}

TEST(KeyTable, KnowsWhateverPeopleMayWrite) {
  for (const auto* name : {"source_directory",
                           "compute_target",
                           "vm_size",
                           "vm_priority",
                           "entry_script",
                           "script_params",
                           "script_args",
                           "node_count",
                           "process_count_per_node",
                           "distributed_backend",
                           "distributed_training",
                           "use_gpu",
                           "use_docker",
                           "custom_docker_image",
                           "custom_docker_base_image",
                           "image_registry_details",
                           "user_managed",
                           "conda_packages",
                           "pip_packages",
                           "conda_dependencies_file",
                           "conda_dependencies_file_path",
                           "pip_requirements_file",
                           "pip_requirements_file_path",
                           "environment_variables",
                           "environment_definition",
                           "inputs",
                           "source_directory_data_store",
                           "shm_size",
                           "resume_from",
                           "max_run_duration_seconds",
                           "framework_version",
                           "enable_optimized_mode",
                           "disable_validation",
                           "show_lint_warnings",
                           "show_package_warnings",
                           "slurm.account",
                           "slurm.partition",
                           "slurm.qos",
                           "slurm.constraint",
                           "slurm.reservation",
                           "slurm.cpus_per_task",
                           "slurm.gpus_per_node",
                           "slurm.gpu_type",
                           "slurm.mem",
                           "slurm.exclusive",
                           "slurm.array",
                           "slurm.dependency",
                           "slurm.mail",
                           "slurm.nice",
                           "slurm.begin",
                           "slurm.deadline",
                           "slurm.licenses",
                           "slurm.extra",
                           "run.name",
                           "run.tags",
                           "run.description",
                           "run.label",
                           "run.requeue",
                           "run.max_restarts",
                           "run.notify_before_seconds"}) {
    EXPECT_TRUE(input::find_key(name)) << name;
  }
}

/// The key that each word is for, which no second key may claim.
TEST(KeyTable, TellsWhatOtherToolsCallAKey) {
  std::set<std::string> words;
  // What a definition calls its parts counts nowhere else.
  for (const auto& key : input::all_keys()) {
    if (!key.section.starts_with("environment_definition")) words.emplace(key.info.name);
  }
  for (const auto& key : input::all_keys()) {
    std::istringstream also{std::string(key.info.also)};
    for (std::string word; also >> word;) {
      EXPECT_TRUE(words.insert(word).second) << word;
      EXPECT_EQ(input::meant_by(word), key.full_name());
    }
  }
  EXPECT_EQ(input::meant_by("Time-Limit"), "max_run_duration_seconds");
  EXPECT_EQ(input::meant_by("_partition"), "slurm.partition");
  EXPECT_EQ(input::meant_by("custom_docker_base_image"), "");
  EXPECT_EQ(input::meant_by(""), "");
}

TEST(Explanation, SaysTheSameOfAKeyInJson) {
  for (const auto& key : input::all_keys()) {
    const auto json = nlohmann::json::parse(cli::keys_json({key}))[0];
    const auto set_by = "  set by:  " + json["set_by"].get<std::string>() + "\n";
    EXPECT_NE(cli::explain(key).find(set_by), std::string::npos) << set_by;
  }
}

TEST(Schema, IsJsonAndHoldsTheKeysThatWork) {
  const auto schema = nlohmann::json::parse(cli::estimator_schema());
  EXPECT_EQ(schema["properties"]["node_count"]["minimum"], 1);
  EXPECT_EQ(schema["properties"]["node_count"]["maximum"], 1000000);
  EXPECT_EQ(schema["properties"]["max_run_duration_seconds"]["maximum"], 31536000);
  EXPECT_EQ(schema["properties"]["slurm"]["properties"]["cpus_per_task"]["maximum"], 1000000);
  EXPECT_FALSE(schema["properties"]["slurm"]["properties"]["nice"].contains("maximum"));
  EXPECT_FALSE(schema["properties"]["shm_size"].contains("maximum"));
  EXPECT_EQ(schema["properties"]["shm_size"]["default"], "2g");
  EXPECT_EQ(schema["properties"]["node_count"]["default"], 1);
  EXPECT_EQ(schema["properties"]["use_docker"]["default"], true);
  EXPECT_FALSE(schema["properties"]["custom_docker_image"].contains("default"));
  EXPECT_EQ(schema["properties"]["vm_priority"]["enum"],
            (std::vector<std::string>{"dedicated", "lowpriority"}));
  EXPECT_EQ(schema["properties"]["slurm"]["properties"]["mem"]["type"], "string");
  EXPECT_EQ(schema["patternProperties"]["^_node_count$"]["$ref"], "#/properties/node_count");
  EXPECT_EQ(schema["properties"]["inputs"]["items"]["properties"]["mode"]["type"], "string");
  const auto& definition = schema["properties"]["environment_definition"];
  EXPECT_EQ(definition["type"], (std::vector<std::string>{"object", "string"}));
  EXPECT_EQ(definition["properties"]["docker"]["properties"]["enabled"]["type"], "boolean");
  EXPECT_FALSE(schema["properties"]["slurm"].contains("patternProperties"));
}

}  // namespace
}  // namespace chainer::explanation_test
