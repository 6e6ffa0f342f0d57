#include "submit/input/recipe.hpp"

#include <gtest/gtest.h>

#include "temporary_folder.hpp"

namespace chainer {
namespace {

const Place key{"train.toml", {4, 21}};

std::optional<Recipe> read(const std::string& text, Report& report) {
  const TemporaryFolder folder;
  folder.write("1.toml", text);
  return read_recipe(folder.path(), {"1", key}, report);
}

TEST(Recipe, HoldsWhatPythonRunsAtItsStart) {
  Report report;
  const auto recipe = read("pip = []\nstartup = [\"import a; a.b = 1\"]\n", report);
  ASSERT_TRUE(recipe);
  EXPECT_EQ(recipe->startup, std::vector<std::string>{"import a; a.b = 1"});
}

TEST(Recipe, RefusesALineThatPythonWouldTakeForAPath) {
  for (const auto* line : {"a.b = 1", "import a\\nx = 1", "#import a"}) {
    Report report;
    EXPECT_FALSE(read("startup = [\"" + std::string(line) + "\"]\n", report)) << line;
    ASSERT_EQ(report.sorted().size(), 1u) << line;
    EXPECT_TRUE(report.sorted()[0].message.ends_with("is not a line that Python runs at its start"))
        << report.sorted()[0].message;
  }
}

TEST(Recipe, OfEveryVersionThatIsShippedReads) {
  const auto folder = PROJECT_FOLDER "/site-config/recipes";
  EXPECT_EQ(recipe_versions(folder), (std::vector<std::string>{"5.1.0", "7.0.0", "7.8.1"}));
  for (const auto& version : recipe_versions(folder)) {
    Report report;
    EXPECT_TRUE(read_recipe(folder, {version, key}, report)) << version;
  }
}

}  // namespace
}  // namespace chainer
