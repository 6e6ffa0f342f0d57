#include "submit/curate/recipe_build.hpp"

#include <gtest/gtest.h>

#include "core/text_file.hpp"
#include "fakes.hpp"
#include "submit/plan/inspection.hpp"
#include "temporary_folder.hpp"

namespace chainer::curate::recipe_build_test {
namespace {

/// A site with two recipes, of which one has packages for GPUs, and nodes that build what they are
/// asked for.
class TheRecipes : public testing::Test {
 protected:
  TheRecipes() {
    folder_.write("recipes/7.0.0.toml", "pip = [\"chainer==7.0.0\"]\n");
    folder_.write("recipes/7.8.1.toml",
                  "pip = [\"chainer==7.8.1\"]\ngpu_pip = [\"cupy-cuda12x==12.3.0\"]\n"
                  "build_constraints = [\"setuptools<70\"]\n");
    name_images("cpu = \"h.org/cpu:1\"\ngpu = \"h.org/gpu:1\"\n");
  }

  void name_images(const std::string& images) {
    const auto file = folder_.write(
        "site.toml",
        "runs = \"/runs\"\nrecipes = \"recipes\"\n[images]\n" + images +
            "[node_types.n]\ncpus = 4\nmemory = \"8g\"\n[compute_targets.c]\nnode_type = \"n\"\n");
    site_ = plan::inspect_site(file, folder_.path()).site;
  }

  std::vector<CuratedEnvironment> asked(const std::vector<std::string>& versions = {}) {
    return *environments_of(*site_, versions);
  }
  std::string text(const std::string& path) {
    const auto read = read_text_file(folder_ / path);
    return read ? *read : "-";
  }

  std::vector<Built> build(const std::vector<std::string>& versions = {}) {
    const BuildOrder order{
        asked(versions), folder_ / "work", site_->recipes, "/p.conf", {"-p", "cpu"}};
    const auto run = [&](const std::vector<std::string>& command) -> Result<int> {
      const auto& file = command.at(6);
      commands_.push_back(command);
      if (file.find(failing_) != std::string::npos) return 1;
      if (file.ends_with(".lock.json")) return 0;
      EXPECT_TRUE(replace_file(file + ".lock.json", "lock of " + contents(file)));
      return 0;
    };
    return *build_recipes(order, run, console_);
  }
  TemporaryFolder folder_;
  std::optional<input::Site> site_;
  FakeConsole console_;
  std::vector<std::vector<std::string>> commands_;
  std::string failing_{"nothing"};
};

TEST_F(TheRecipes, AreForTheSitesImagesAndForGpusWhereTheyHavePackagesForThose) {
  std::vector<std::string> names;
  for (const auto& one : asked()) names.push_back(one.name() + " " + one.image);
  EXPECT_EQ(names, (std::vector<std::string>{"7.0.0 h.org/cpu:1", "7.8.1 h.org/cpu:1",
                                             "7.8.1.gpu h.org/gpu:1"}));
  name_images("cpu = \"h.org/cpu:1\"\n");
  EXPECT_EQ(asked({"7.8.1"}).size(), 1u);
}

TEST_F(TheRecipes, AreRefusedByNameWhereThereAreNone) {
  const auto unknown = environments_of(*site_, {"8.0.0"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().what, "the site has no recipe 8.0.0");
  EXPECT_EQ(unknown.error().hint, "its recipes are 7.0.0, 7.8.1");
  name_images("");
  EXPECT_EQ(environments_of(*site_, {}).error().what, "the site has no default image");
}

TEST_F(TheRecipes, AreBuiltFromTheFilesThatARunWouldHave) {
  const auto all = build({"7.8.1"});
  EXPECT_EQ(text("work/7.8.1.txt"), "# framework_version 7.8.1\nchainer==7.8.1\n");
  EXPECT_EQ(text("work/7.8.1.gpu.txt"),
            "# framework_version 7.8.1\nchainer==7.8.1\ncupy-cuda12x==12.3.0\n");
  EXPECT_EQ(text("work/7.8.1.txt.build-constraints.txt"), "setuptools<70\n");
  EXPECT_EQ(text("work/7.8.1.txt.startup.pth"), "-");
  const auto& command = commands_.at(0);
  EXPECT_EQ(std::vector<std::string>(command.begin() + 1, command.end()),
            (std::vector<std::string>{"envs", "build", "--image", "h.org/cpu:1", "--env",
                                      folder_ / "work/7.8.1.txt", "--conf", "/p.conf", "--", "-p",
                                      "cpu"}));
  EXPECT_EQ(all.size(), 2u);
}

TEST_F(TheRecipes, HaveTheirLocksBesideThemForOptimizedRuns) {
  const auto all = build({"7.8.1"});
  EXPECT_EQ(text("recipes/7.8.1.lock.json"), "lock of " + text("work/7.8.1.txt"));
  EXPECT_EQ(text("recipes/7.8.1.gpu.lock.json"), "lock of " + text("work/7.8.1.gpu.txt"));
  EXPECT_EQ(all.at(1).lock, folder_ / "recipes/7.8.1.gpu.lock.json");
  EXPECT_TRUE(all.at(1).is_beside_recipe());
}

TEST_F(TheRecipes, AreMadeAgainAsTheyWereUntilTheyChange) {
  build({"7.0.0"});
  build({"7.0.0"});
  EXPECT_EQ(commands_.at(1).at(6), folder_ / "work/7.0.0.txt.lock.json");
  folder_.write("recipes/7.0.0.toml", "pip = [\"chainer==7.0.0\", \"numpy<1.24\"]\n");
  build({"7.0.0"});
  EXPECT_EQ(commands_.at(2).at(6), folder_ / "work/7.0.0.txt");
}

TEST_F(TheRecipes, AreBuiltWhereAnotherOneFails) {
  failing_ = "7.0.0";
  const auto all = build();
  EXPECT_EQ(all.at(0).lock, "");
  EXPECT_NE(all.at(1).lock, "");
  EXPECT_EQ(text("recipes/7.0.0.lock.json"), "-");
}

}  // namespace
}  // namespace chainer::curate::recipe_build_test
