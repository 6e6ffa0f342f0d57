// Whatever check takes for requirements, the node reads as the same lines: a run must not fail
// after the queue for what could be said before.
#include <gtest/gtest.h>

#include <random>

#include "node/builder/requirements_file.hpp"
#include "submit/input/requirement_lines.hpp"
#include "temporary_folder.hpp"

namespace chainer::requirements_of_both_test {
namespace {

/// What the node makes of the requirements of a run; nothing where it refuses them.
std::optional<std::string> read_by_node(const TemporaryFolder& folder, const std::string& text) {
  const auto path = folder.write("requirements.txt", text);
  auto file = builder::load_requirements(path, {});
  if (!file) return std::nullopt;
  return file->requirements;
}

/// The lines that a run's file gets of a person's, as package_list writes them; nothing where check
/// refuses.
std::optional<std::string> taken_from_file(const std::string& text) {
  toml::Report report;
  std::string written;
  for (const auto& line : input::read_requirements(text, "requirements.txt", report)) {
    if (line.requirement || !line.text.starts_with('-')) written += line.text + "\n";
  }
  return report.has_errors() ? std::nullopt : std::optional(written);
}

std::optional<std::string> taken_from_list(const std::vector<std::string>& packages) {
  toml::Report report;
  std::string written;
  for (const auto& package : packages) {
    input::read_requirement(package, {}, report);
    written += package + "\n";
  }
  return report.has_errors() ? std::nullopt : std::optional(written);
}

class Words {
 public:
  std::string some(std::size_t most) {
    constexpr std::string_view pieces[] = {"six",
                                           "Numpy",
                                           "a.b-c_d",
                                           "1st",
                                           "==1.0",
                                           ">=1,<2",
                                           "~=",
                                           "=1",
                                           "!=1.*",
                                           "===x",
                                           " ",
                                           "\t",
                                           "\\",
                                           "\\\n",
                                           "\n",
                                           "\r",
                                           "\r\n",
                                           "#",
                                           " #c",
                                           ";",
                                           " ; ",
                                           "python_version",
                                           "os_name",
                                           "<'3.9'",
                                           "== \"posix\"",
                                           "and",
                                           "or",
                                           "(",
                                           ")",
                                           "[",
                                           "]",
                                           "extra",
                                           ",",
                                           "@",
                                           " @ ",
                                           "https://h/x",
                                           "git+ssh://h/x@v1",
                                           "file:///x",
                                           "./x",
                                           "~",
                                           "/x",
                                           "-e",
                                           "-r",
                                           "--hash=sha256:ab",
                                           " --hash=md5:1",
                                           "--pre",
                                           "-i",
                                           "https://i/",
                                           "--no-binary=:all:",
                                           "'",
                                           "\"",
                                           "\x01",
                                           "é",
                                           "\xff",
                                           "\xc2\x85",
                                           "\xe2\x80\xa8",
                                           "\xc2\xa0",
                                           "${HOME}",
                                           "%20",
                                           "*",
                                           "+local",
                                           "!1",
                                           ".post1"};
    std::string text;
    for (auto left = 1 + any(most); left > 0; --left) text += pieces[any(std::size(pieces))];
    return text;
  }
  std::size_t any(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }

 private:
  std::mt19937 random_{7};
};

TEST(RequirementsOfBoth, OfAListAreTheSameLinesOnTheNode) {
  TemporaryFolder folder;
  Words words;
  int taken = 0;
  for (int round = 0; round < 30'000; ++round) {
    std::vector<std::string> packages;
    for (auto left = 1 + words.any(2); left > 0; --left) packages.push_back(words.some(5));
    const auto written = taken_from_list(packages);
    if (!written) continue;
    ++taken;
    const auto read = read_by_node(folder, *written);
    ASSERT_TRUE(read) << testing::PrintToString(*written);
    EXPECT_EQ(std::count(read->begin(), read->end(), '\n'), static_cast<long>(packages.size()))
        << testing::PrintToString(*written) << testing::PrintToString(*read);
  }
  EXPECT_GT(taken, 100);
}

TEST(RequirementsOfBoth, OfAFileAreTheSameLinesOnTheNode) {
  TemporaryFolder folder;
  Words words;
  int taken = 0;
  for (int round = 0; round < 5'000; ++round) {
    const auto text = words.some(6);
    const auto written = taken_from_file(text);
    if (!written || written->empty()) continue;
    ++taken;
    const auto read = read_by_node(folder, *written);
    ASSERT_TRUE(read) << testing::PrintToString(text) << testing::PrintToString(*written);
    EXPECT_EQ(*read, *written) << testing::PrintToString(text);
  }
  EXPECT_GT(taken, 500);
}

}  // namespace
}  // namespace chainer::requirements_of_both_test
