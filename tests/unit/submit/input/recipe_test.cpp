#include "submit/input/recipe.hpp"

#include <gtest/gtest.h>

#include "temporary_folder.hpp"

namespace chainer::recipe_test {
namespace {

const toml::Place key{"train.toml", {4, 21}};

std::optional<input::Recipe> read(const std::string& text, toml::Report& report) {
  const TemporaryFolder folder;
  folder.write("1.toml", text);
  return input::read_recipe(folder.path(), {"1", key}, report);
}

TEST(Recipe, HoldsWhatPythonRunsAtItsStart) {
  toml::Report report;
  const auto recipe = read("pip = []\nstartup = [\"import a; a.b = 1\"]\n", report);
  ASSERT_TRUE(recipe);
  EXPECT_EQ(recipe->startup, std::vector<std::string>{"import a; a.b = 1"});
}

TEST(Recipe, RefusesALineThatPythonWouldTakeForAPath) {
  for (const auto* line : {"a.b = 1", "import a\\nx = 1", "#import a"}) {
    toml::Report report;
    EXPECT_FALSE(read("startup = [\"" + std::string(line) + "\"]\n", report)) << line;
    ASSERT_EQ(report.sorted().size(), 1u) << line;
    EXPECT_TRUE(report.sorted()[0].message.ends_with("is not a line that Python runs at its start"))
        << report.sorted()[0].message;
  }
}

TEST(Recipe, HoldsUpToWhichVersionsOfOthersItWorks) {
  toml::Report report;
  const auto recipe = read("works_with = [\"numpy<1.24\"]\n", report);
  ASSERT_TRUE(recipe);
  ASSERT_EQ(recipe->works_with.size(), 1u);
  EXPECT_EQ(recipe->works_with[0].package(), "numpy");
}

TEST(Recipe, RefusesALimitWithoutAnUpperEnd) {
  for (const auto* limit : {"numpy", "numpy>=1.24", "numpy=1.24", "numpy @ https://h/x.whl"}) {
    toml::Report report;
    EXPECT_FALSE(read("works_with = [\"" + std::string(limit) + "\"]\n", report)) << limit;
    ASSERT_EQ(report.sorted().size(), 1u) << limit;
    EXPECT_EQ(report.sorted()[0].message,
              "'" + std::string(limit) + "' does not say up to which version a package works");
  }
}

TEST(Recipe, OfEveryVersionThatIsShippedReads) {
  const auto folder = PROJECT_FOLDER "/site-config/recipes";
  EXPECT_EQ(input::recipe_versions(folder), (std::vector<std::string>{"5.1.0", "7.0.0", "7.8.1"}));
  for (const auto& version : input::recipe_versions(folder)) {
    toml::Report report;
    EXPECT_TRUE(input::read_recipe(folder, {version, key}, report)) << version;
  }
}

TEST(Recipe, OfAVersionThatDoesNotReadIsListedAllTheSame) {
  const TemporaryFolder folder;
  folder.write("1.toml", "gpu_pip = [\"cupy-cuda12x\"]\n");
  folder.write("2.toml", "pips = []\n");
  const auto recipes = input::all_recipes(folder.path());
  ASSERT_EQ(recipes.size(), 2u);
  EXPECT_EQ(recipes[0].gpu_pip, std::vector<std::string>{"cupy-cuda12x"});
  EXPECT_EQ(recipes[1].version, "2");
  EXPECT_TRUE(recipes[1].pip.empty());
}

}  // namespace
}  // namespace chainer::recipe_test
