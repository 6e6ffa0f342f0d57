#include "submit/plan/conda_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer::conda_list_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const toml::Place key{"train.toml", {7, 17}};
const input::Recipe recipe{"7.8.1",
                           {"chainer==7.8.1", "mpi4py==4.1.1", "numpy==1.23.5", "setuptools<70"},
                           {"cupy-cuda12x==12.3"},
                           {},
                           {},
                           {},
                           ">=3.8,<3.12"};

input::Given<toml::Strings> strings(std::vector<std::string> texts) {
  toml::Strings list;
  for (auto& text : texts) list.push_back({std::move(text), key});
  return toml::Located<toml::Strings>{std::move(list), key};
}

input::Estimator asking(std::vector<std::string> conda, std::vector<std::string> pip = {}) {
  input::Estimator estimator;
  estimator.conda_packages = strings(std::move(conda));
  if (!pip.empty()) estimator.pip_packages = strings(std::move(pip));
  return estimator;
}

struct Outcome {
  std::string text;
  std::vector<std::string> said;
};

Outcome outcome(const input::Estimator& estimator,
                const std::vector<input::RequirementLine>& lines = {}) {
  toml::Report report;
  Outcome got{plan::conda_text(estimator, recipe, std::nullopt, lines, report), {}};
  for (const auto& finding : report.sorted()) got.said.push_back(finding.message);
  // What the nodes are given they can read.
  EXPECT_TRUE(read_conda_file(got.text, "environment.yml").is_sound()) << got.text;
  return got;
}

TEST(CondaList, PutsTheFrameworksPackagesBesideCondas) {
  const auto got = outcome(asking({"ffmpeg"}, {"scikit-learn==1.2.2 ; python_version > \"3.7\""}));
  EXPECT_EQ(got.text,
            "# framework_version 7.8.1 and conda_packages\n"
            "dependencies:\n"
            "  - \"python>=3.8,<3.12\"\n"
            "  - \"ffmpeg\"\n"
            "  - pip:\n"
            "      - \"chainer==7.8.1\"\n"
            "      - \"mpi4py==4.1.1\"\n"
            "      - \"numpy==1.23.5\"\n"
            "      - \"setuptools<70\"\n"
            "      - \"scikit-learn==1.2.2 ; python_version > \\\"3.7\\\"\"\n");
  EXPECT_THAT(got.said, IsEmpty());
}

TEST(CondaList, LetsTheRunsOwnVersionWinAndSaysSo) {
  const auto got = outcome(asking({"NumPy=1.22"}));
  EXPECT_EQ(got.text.find("1.23.5"), std::string::npos) << got.text;
  EXPECT_THAT(got.said,
              ElementsAre("NumPy=1.22 replaces numpy==1.23.5 of framework_version 7.8.1"));
}

TEST(CondaList, TakesTheFrameworksVersionOfAPackageThatIsNamedAlone) {
  const auto got = outcome(asking({"conda-forge::mpi4py", "numpy", "setuptools"}));
  EXPECT_EQ(got.text,
            "# framework_version 7.8.1 and conda_packages\n"
            "dependencies:\n"
            "  - \"python>=3.8,<3.12\"\n"
            "  - \"conda-forge::mpi4py==4.1.1\"\n"
            "  - \"numpy==1.23.5\"\n"
            "  - \"setuptools<70\"\n"
            "  - pip:\n"
            "      - \"chainer==7.8.1\"\n");
  EXPECT_THAT(got.said, IsEmpty());
}

TEST(CondaList, KeepsThePythonThatIsNamed) {
  const auto got = outcome(asking({"python=3.9"}));
  EXPECT_NE(got.text.find("- \"python=3.9\"\n"), std::string::npos);
  EXPECT_EQ(got.text.find("3.12"), std::string::npos);
}

TEST(CondaList, TakesCupyFromConda) {
  auto estimator = asking({"cupy=12"});
  estimator.use_gpu = toml::Located<bool>{true, key};
  EXPECT_THAT(outcome(estimator).said, IsEmpty());
}

TEST(CondaList, GivesAFileOfThePersonsAsItStands) {
  toml::Report report;
  const std::string text = "dependencies:\n- python  # any\n";
  const auto written = plan::read_written_conda_file(text, "environment.yml", key, report);
  input::Estimator estimator;
  estimator.conda_dependencies_file = toml::Located<std::string>{"environment.yml", key};
  EXPECT_EQ(plan::conda_text(estimator, recipe, written, {}, report), text);
  EXPECT_FALSE(report.has_errors());
}

}  // namespace
}  // namespace chainer::conda_list_test
