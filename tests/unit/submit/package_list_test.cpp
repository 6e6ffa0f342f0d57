#include "submit/plan/package_list.hpp"

#include <gtest/gtest.h>

namespace chainer {
namespace {

const Place key{"train.toml", {7, 17}};

const Recipe recipe{
    "7.8.1", {"chainer==7.8.1", "numpy==1.23.5"}, {"cupy-cuda12x==12.3"}, {"setuptools<70"}};
const Recipe without_gpu{"7.8.1", {"chainer==7.8.1"}, {}, {}};

Estimator asking(std::vector<std::string> packages) {
  Strings strings;
  for (auto& package : packages) strings.push_back({std::move(package), key});
  Estimator estimator;
  estimator.pip_packages = Located<Strings>{std::move(strings), key};
  return estimator;
}

Estimator on_gpus(Estimator estimator = {}) {
  estimator.use_gpu = Located<bool>{true, key};
  return estimator;
}

RequirementLine line(std::string text, const std::string& requirement = "") {
  const auto read = Requirement::parse(requirement);
  return {std::move(text), read ? std::optional(*read) : std::nullopt, key};
}

struct Outcome {
  std::string text;
  std::vector<std::string> said;
};

Outcome outcome(const Estimator& estimator, const Recipe& from = recipe,
                const std::vector<RequirementLine>& lines = {}) {
  Report report;
  Outcome got{requirements_text(estimator, from, lines, report), {}};
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
  for (const auto* own :
       {"numpy<1.23", "numpy~=1.22", "numpy @ https://example.org/numpy.whl", "numpy!=1.23.5"}) {
    const auto got = outcome(asking({"numpy", own}));
    EXPECT_EQ(got.text, "# framework_version 7.8.1\nchainer==7.8.1\n# pip_packages\nnumpy\n" +
                            std::string(own) + "\n");
    EXPECT_EQ(got.said,
              std::vector{std::string(own) + " replaces numpy==1.23.5 of framework_version 7.8.1"});
  }
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
}

TEST(PackageList, DoesNotTakeACommentForCupy) {
  EXPECT_EQ(outcome(on_gpus(), without_gpu, {line("# no cupy here")}).said.size(), 1u);
}

}  // namespace
}  // namespace chainer
