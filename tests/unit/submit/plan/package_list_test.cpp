#include "submit/plan/package_list.hpp"

#include <gtest/gtest.h>

namespace chainer::package_list_test {
namespace {

const toml::Place key{"train.toml", {7, 17}};

const input::Recipe recipe{
    "7.8.1", {"chainer==7.8.1", "numpy==1.23.5"}, {"cupy-cuda12x==12.3"}, {"setuptools<70"}};
const input::Recipe without_gpu{"7.8.1", {"chainer==7.8.1"}, {}, {}};

input::Estimator asking(std::vector<std::string> packages) {
  toml::Strings strings;
  for (auto& package : packages) strings.push_back({std::move(package), key});
  input::Estimator estimator;
  estimator.pip_packages = toml::Located<toml::Strings>{std::move(strings), key};
  return estimator;
}

input::Estimator on_gpus(input::Estimator estimator = {}) {
  estimator.use_gpu = toml::Located<bool>{true, key};
  return estimator;
}

input::RequirementLine line(std::string text, const std::string& requirement = "") {
  const auto read = Requirement::parse(requirement);
  return {std::move(text), read ? std::optional(*read) : std::nullopt, key};
}

struct Outcome {
  std::string text;
  std::vector<std::string> said;
};

Outcome outcome(const input::Estimator& estimator, const input::Recipe& from = recipe,
                const std::vector<input::RequirementLine>& lines = {}) {
  toml::Report report;
  Outcome got{plan::requirements_text(estimator, from, lines, report), {}};
  for (const auto& finding : report.sorted()) got.said.push_back(finding.message);
  return got;
}

TEST(PackageList, KeepsTheRecipesVersionOfAPackageThatIsNamedAlone) {
  for (const auto* bare : {"numpy", "NumPy", "numpy[extra]", "numpy ; python_version > '3'"}) {
    const auto got = outcome(asking({bare}));
    EXPECT_EQ(got.text,
              "# framework_version 7.8.1\nchainer==7.8.1\nnumpy==1.23.5\n# pip_packages\n" +
                  std::string(bare) + "\n");
    EXPECT_TRUE(got.said.empty()) << bare;
  }
}

TEST(PackageList, KeepsItForALineOfARequirementsFileToo) {
  const auto got = outcome({}, recipe, {line("numpy  # for arrays", "numpy")});
  EXPECT_NE(got.text.find("numpy==1.23.5\n"), std::string::npos) << got.text;
}

TEST(PackageList, LetsTheRunsOwnVersionWinAndSaysSo) {
  for (const auto* own : {"numpy<1.24", "numpy~=1.22", "numpy==1.23.*", "numpy!=1.23.5",
                          "numpy @ https://example.org/numpy-1.0.whl"}) {
    const auto got = outcome(asking({"numpy", own}));
    EXPECT_EQ(got.text, "# framework_version 7.8.1\nchainer==7.8.1\n# pip_packages\nnumpy\n" +
                            std::string(own) + "\n");
    EXPECT_EQ(got.said,
              std::vector{std::string(own) + " replaces numpy==1.23.5 of framework_version 7.8.1"});
  }
}

TEST(PackageList, SaysThatTheRunsOwnVersionIsOlder) {
  for (const auto* own : {"numpy<1.23", "numpy==1.23.4", "numpy ~= 1.22.0", "numpy<1.23.5,>=1"}) {
    EXPECT_EQ(outcome(asking({own})).said,
              std::vector{std::string(own) +
                          " is older than numpy==1.23.5 of framework_version 7.8.1, which it "
                          "replaces"});
  }
}

TEST(PackageList, CallsNothingOlderThatTheRecipeTakesItself) {
  auto ranged = recipe;
  ranged.pip.push_back("setuptools<70");
  EXPECT_EQ(outcome(asking({"setuptools==68.0"}), ranged).said,
            std::vector{std::string("setuptools==68.0 replaces setuptools<70 of framework_version "
                                    "7.8.1")});
}

input::Recipe with_limits(const std::vector<std::string>& limits) {
  auto limited = recipe;
  for (const auto& limit : limits) limited.works_with.push_back(*Requirement::parse(limit));
  return limited;
}

TEST(PackageList, SaysThatChainerDoesNotWorkWithNewerVersions) {
  const auto limited = with_limits({"numpy<1.24", "scipy<1.12"});
  for (const auto* own : {"numpy>=1.20", "numpy==1.24", "numpy~=1.22", "numpy!=1.23.5"}) {
    EXPECT_EQ(outcome(asking({own}), limited).said,
              std::vector{std::string(own) +
                          " lets in versions that framework_version 7.8.1 does not work with: it "
                          "needs numpy<1.24"});
  }
  EXPECT_EQ(outcome(asking({"scipy"}), limited).said.size(), 1u) << "the recipe keeps none";
  for (const auto* own : {"numpy", "numpy==1.23.5", "scipy<1.12", "pandas>=2"}) {
    EXPECT_TRUE(outcome(asking({own}), limited).said.empty()) << own;
  }
}

TEST(PackageList, DoesNotGuessTheVersionThatAUrlBrings) {
  const auto got = outcome(asking({"numpy @ https://example.org/n.whl"}), with_limits({"numpy<1"}));
  EXPECT_EQ(got.said, std::vector{std::string("numpy @ https://example.org/n.whl replaces "
                                              "numpy==1.23.5 of framework_version 7.8.1")});
}

TEST(PackageList, HoldsOneCupyAlone) {
  for (const auto* own : {"cupy-cuda11x", "cupy-cuda11x==12.3.0", "cupy", "cupy-rocm-5-0"}) {
    const auto got = outcome(on_gpus(asking({own})));
    EXPECT_EQ(got.text.find("cupy-cuda12x"), std::string::npos) << own;
    EXPECT_EQ(got.said, std::vector{std::string(own) +
                                    " replaces cupy-cuda12x==12.3 of framework_version 7.8.1"});
  }
  const auto same = outcome(on_gpus(asking({"cupy-cuda12x"})));
  EXPECT_NE(same.text.find("cupy-cuda12x==12.3\n"), std::string::npos);
  EXPECT_TRUE(same.said.empty());
}

TEST(PackageList, MeansAnyCupyByALimitOnIt) {
  const auto limited = with_limits({"cupy<13"});
  EXPECT_EQ(outcome(on_gpus(asking({"cupy-cuda11x==12.3.0"})), limited).said,
            std::vector{std::string("cupy-cuda11x==12.3.0 replaces cupy-cuda12x==12.3 of "
                                    "framework_version 7.8.1")});
  EXPECT_EQ(outcome(on_gpus(asking({"cupy-cuda11x"})), limited).said,
            std::vector{std::string("cupy-cuda11x lets in versions that framework_version 7.8.1 "
                                    "does not work with: it needs cupy<13")});
}

TEST(PackageList, SaysThatCupyWithoutGpusIsForNothing) {
  EXPECT_EQ(outcome(asking({"cupy-cuda12x==12.3"})).said,
            std::vector{std::string("cupy-cuda12x==12.3 without use_gpu: the run gets no GPU")});
  EXPECT_TRUE(outcome(asking({"cupy-xarray"})).said.empty()) << "it is another package";
}

TEST(PackageList, HoldsTheRecipesGpuPackagesForARunWithGpus) {
  EXPECT_EQ(outcome({}).text.find("cupy"), std::string::npos);
  const auto got = outcome(on_gpus());
  EXPECT_NE(got.text.find("cupy-cuda12x==12.3\n"), std::string::npos);
  EXPECT_TRUE(got.said.empty());
}

TEST(PackageList, RefusesARunWithGpusThatNothingBringsCupyFor) {
  EXPECT_EQ(outcome(on_gpus(), without_gpu).said,
            std::vector{std::string("use_gpu is true, and CuPy is neither in framework_version "
                                    "7.8.1 nor among the run's packages")});
  EXPECT_TRUE(outcome(on_gpus(asking({"cupy-cuda11x"})), without_gpu).said.empty());
  EXPECT_TRUE(outcome(on_gpus(), without_gpu, {line("https://example.org/cupy.whl")}).said.empty());
  EXPECT_TRUE(outcome({}, without_gpu).said.empty());
  EXPECT_EQ(outcome(on_gpus(asking({"cupy-xarray"})), without_gpu).said.size(), 1u);
}

TEST(PackageList, DoesNotNameACupyThatTheVersionDoesNotTake) {
  for (const auto& [limits, hint] :
       {std::pair{std::vector<std::string>{"numpy<2"},
                  "add the one for the image's CUDA to pip_packages, such as \"cupy-cuda12x\", or "
                  "take a framework_version that brings it: chainer-submit versions"},
        std::pair{std::vector<std::string>{"cupy<8"},
                  "take a framework_version that brings it: chainer-submit versions"}}) {
    auto limited = with_limits(limits);
    limited.gpu_pip.clear();
    toml::Report report;
    plan::requirements_text(on_gpus(), limited, {}, report);
    ASSERT_EQ(report.sorted().size(), 1u);
    EXPECT_EQ(report.sorted()[0].hint, hint);
  }
}

TEST(PackageList, DoesNotTakeACommentForCupy) {
  EXPECT_EQ(outcome(on_gpus(), without_gpu, {line("# no cupy here")}).said.size(), 1u);
}

}  // namespace
}  // namespace chainer::package_list_test
