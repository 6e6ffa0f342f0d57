#include "core/conda/conda_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace chainer::conda_file_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names_of(const CondaFile& file) {
  std::vector<std::string> names;
  for (const auto& package : file.packages) names.push_back(package.spec.text());
  return names;
}

std::vector<std::string> texts_of(const std::vector<CondaFile::Line>& lines) {
  std::vector<std::string> texts;
  for (const auto& line : lines) texts.push_back(line.text);
  return texts;
}

/// `line:column severity message (hint)`, one a line.
std::string findings_of(std::string_view text) {
  std::string shown;
  for (const auto& finding : read_conda_file(text, "environment.yml").findings) {
    shown += std::to_string(finding.at.line) + ":" + std::to_string(finding.at.column) +
             (finding.severity == Severity::error ? " error: " : " warning: ") + finding.message +
             (finding.hint.empty() ? "" : " (" + finding.hint + ")") + "\n";
  }
  return shown;
}

constexpr std::string_view whole = R"(name: train
channels:
  - conda-forge
  - https://host.example/channel   # the lab's own
  - nodefaults
dependencies:
  - python=3.9        # [linux]
  - numpy >=1.2,<2
  - bioconda::samtools=1.17
  - pip
  - pip:
    - scikit-learn==1.2.2
    - --extra-index-url https://host.example/simple
variables:
  OMP_NUM_THREADS: 4
  GREETING: "a: b"
prefix: /home/someone/miniconda3/envs/train
)";

TEST(CondaFile, ReadsWhatCondaReads) {
  const auto file = read_conda_file(whole, "environment.yml");
  EXPECT_TRUE(file.is_sound());
  EXPECT_THAT(texts_of(file.channels),
              ElementsAre("conda-forge", "https://host.example/channel", "nodefaults"));
  EXPECT_THAT(names_of(file), ElementsAre("python=3.9", "numpy >=1.2,<2", "samtools=1.17", "pip"));
  EXPECT_EQ(file.packages[2].spec.channel(), "bioconda");
  EXPECT_THAT(texts_of(file.pip),
              ElementsAre("scikit-learn==1.2.2", "--extra-index-url https://host.example/simple"));
  ASSERT_EQ(file.variables.size(), 2u);
  EXPECT_EQ(file.variables[0].name + "=" + file.variables[0].value, "OMP_NUM_THREADS=4");
  EXPECT_EQ(file.variables[1].value, "a: b");
}

TEST(CondaFile, KnowsTheLineOfEachPart) {
  const auto file = read_conda_file(whole, "environment.yml");
  EXPECT_EQ(file.packages[1].at, (Position{8, 5}));
  EXPECT_EQ(file.pip[1].at, (Position{13, 7}));
  EXPECT_EQ(file.channels[1].at, (Position{4, 5}));
}

TEST(CondaFile, PassesOverNameAndPrefixWithAWord) {
  EXPECT_EQ(findings_of(whole),
            "1:1 warning: name is ignored: a run's environment has a place of its own\n"
            "17:1 warning: prefix is ignored: a run's environment has a place of its own\n");
}

TEST(CondaFile, MayBeNearlyEmpty) {
  EXPECT_TRUE(read_conda_file("dependencies:\n", "x").is_sound());
  EXPECT_TRUE(read_conda_file("dependencies: []\nchannels:\nvariables:\n", "x").is_sound());
  EXPECT_TRUE(read_conda_file("dependencies:\n- pip:\n", "x").is_sound());
  EXPECT_THAT(read_conda_file("dependencies: [python]\r\n", "x").findings, IsEmpty());
}

TEST(CondaFile, NamesEveryMistakeAtItsLine) {
  EXPECT_EQ(findings_of("channels: conda-forge\n"
                        "dependancies:\n"
                        "  - numpy\n"
                        "dependencies:\n"
                        "  - numpy=>1.2\n"
                        "  - scipy: 1.0\n"
                        "  - [a]\n"
                        "  -\n"
                        "  - pip: scikit-learn\n"
                        "variables:\n"
                        "  2x: 1\n"
                        "  LIST: [1]\n"
                        "channels: []\n"),
            "1:11 error: channels: expected a list of channels (write one a line, each behind a "
            "dash and a blank)\n"
            "2:1 error: conda's environment files have no key 'dependancies' (did you mean "
            "'dependencies'?)\n"
            "5:3 error: dependencies holds an empty item\n"
            "5:5 error: 'numpy=>1.2' is not a conda package: there is no comparison '=>'; there "
            "are ==, =, !=, ~=, >=, <=, > and < (a conda package is a name and a version, such as "
            "numpy=1.23 or numpy>=1.2,<2)\n"
            "6:5 error: expected a package or pip: with a list under it (a version stands behind "
            "'=', as in numpy=1.23)\n"
            "7:5 error: expected a package, such as numpy=1.23\n"
            "9:10 error: pip: expected a list of requirements (write one a line, each behind a "
            "dash and a blank)\n"
            "11:3 error: expected the name of an environment variable (a name is letters, digits "
            "and '_', and starts with no digit)\n"
            "12:3 error: expected one value for the variable LIST\n"
            "13:1 error: channels is given twice\n");
}

TEST(CondaFile, SaysWhatIsNoYaml) {
  EXPECT_EQ(findings_of("dependencies:\n\t- numpy\n").substr(0, 26), "2:2 error: this is no YAML");
  EXPECT_EQ(findings_of("- numpy\n"),
            "1:1 error: expected the keys of a conda environment file, such as dependencies (a "
            "list of pip's requirements belongs into a requirements.txt)\n");
  EXPECT_EQ(findings_of(""),
            "1:1 error: expected the keys of a conda environment file, such as dependencies (a "
            "list of pip's requirements belongs into a requirements.txt)\n");
  EXPECT_EQ(findings_of("name: x\n").substr(0, 4), "0:0 ");
}

TEST(CondaFile, SurvivesDeepAndHugeTexts) {
  EXPECT_FALSE(read_conda_file(std::string(100'000, '['), "x").is_sound());
  EXPECT_FALSE(read_conda_file(std::string(2 << 20, 'a'), "x").is_sound());
  // Every level doubles what an expanded text would hold.
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 60; ++i) {
    const auto last = std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + last + ", *a" + last +
            "]\n";
  }
  EXPECT_FALSE(read_conda_file(bomb + "dependencies: *a59\n", "x").is_sound());
}

TEST(Channel, IsANameAUrlOrAFolder) {
  for (const auto* channel : {"conda-forge", "pytorch/label/dev", "https://host:8080/a/b",
                              "file:///srv/channel", "/srv/channel", "defaults"}) {
    EXPECT_EQ(fault_of_channel(channel), "") << channel;
  }
  EXPECT_EQ(fault_of_channel("ftp://host/x"),
            "there are channels at https://, http:// and file://, not at 'ftp://'");
  EXPECT_EQ(fault_of_channel("a b"), "'a b' is not the name or the URL of a channel");
  EXPECT_EQ(fault_of_channel("./here"),
            "'./here' is a path that means another folder elsewhere: write it in full, with "
            "file:// in front");
}

TEST(Channel, HoldsNoCredentials) {
  for (const auto* channel : {"https://someone:hunter2@host/x", "https://host/t/to-12ab/x"}) {
    EXPECT_EQ(fault_of_channel(channel), "the channel's URL holds credentials");
  }
}

RC_GTEST_PROP(CondaFile, ReadsAnyTextWithoutHarm, (const std::string& text)) {
  const auto file = read_conda_file("dependencies:\n- " + text, "x");
  for (const auto& package : file.packages)
    RC_ASSERT(package.spec.text().find('\n') == std::string::npos);
}

}  // namespace
}  // namespace chainer::conda_file_test
