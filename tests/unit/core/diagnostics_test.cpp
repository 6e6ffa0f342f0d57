#include "core/diagnostics.hpp"

#include <gtest/gtest.h>

namespace chainer::diagnostics_test {
namespace {

TEST(Diagnostics, ShowsPlaceLineCaretAndHint) {
  const Finding finding{"train.toml",
                        {2, 1},
                        Severity::error,
                        "unknown key 'node_cont'",
                        "did you mean 'node_count'?"};
  EXPECT_EQ(render(finding, "a = 1\nnode_cont = 2\n", Colour::off),
            "train.toml:2:1: error: unknown key 'node_cont'\n"
            "    node_cont = 2\n"
            "    ^\n"
            "hint: did you mean 'node_count'?\n");
}

TEST(Diagnostics, PutsTheCaretUnderTheColumnAfterTabsAndUtf8) {
  const Finding finding{"a", {1, 6}, Severity::warning, "w", ""};
  EXPECT_EQ(render(finding, "\té = x", Colour::off),
            "a:1:6: warning: w\n    \té = x\n    \t   ^\n");
}

TEST(Diagnostics, MakesWhatAFileSaysPrintable) {
  const Finding finding{"a\x1b[2J", {1, 4}, Severity::error, "unknown key '\x1b]0;x\a'", "\nno"};
  EXPECT_EQ(render(finding, "\x1b[\t\xe9 = \"\u202e\"\r\n", Colour::off),
            "a\\x1b[2J:1:4: error: unknown key '\\x1b]0;x\\x07'\n"
            "    \\x1b[\t\\xe9 = \"\\u202e\"\n"
            "         \t^\n"
            "hint: \\nno\n");
}

TEST(Diagnostics, ShowsOfALongLineWhatIsAroundTheCaret) {
  const std::string line = std::string(3000, 'a') + "é!" + std::string(5'000'000, 'b');
  const auto text = render({"f", {1, 3003}, Severity::error, "m", ""}, line, Colour::off);
  EXPECT_EQ(text, "f:1:3003: error: m\n    …" + std::string(98, 'a') + "é!" +
                      std::string(199, 'b') + "…\n    " + std::string(100, ' ') + "^\n");
}

TEST(Diagnostics, LeavesTheLineOutWhereTheFileHasNone) {
  EXPECT_EQ(render({"a", {9, 1}, Severity::error, "m", ""}, "x\n", Colour::off),
            "a:9:1: error: m\n");
  EXPECT_EQ(render({"a", {}, Severity::error, "m", ""}, "x\n", Colour::off), "a: error: m\n");
}

TEST(Diagnostics, ColoursOnlyWhenAsked) {
  const Finding finding{"a", {1, 1}, Severity::error, "m", ""};
  EXPECT_EQ(render(finding, "x", Colour::off).find('\x1b'), std::string::npos);
  EXPECT_NE(render(finding, "x", Colour::on).find("\x1b[1;31m"), std::string::npos);
}

TEST(Diagnostics, SortsByFileAndPlaceAndKeepsTheOrderWithin) {
  std::vector<Finding> findings{{"b", {1, 1}, {}, "4"},
                                {"a", {2, 1}, {}, "3"},
                                {"a", {1, 9}, {}, "1"},
                                {"a", {1, 9}, {}, "2"}};
  sort_by_position(findings);
  std::string order;
  for (const auto& finding : findings) order += finding.message;
  EXPECT_EQ(order, "1234");
}

TEST(Nearest, FindsATypoAndNothingFarOff) {
  const std::vector<std::string_view> keys{"node_count", "shm_size", "inputs"};
  EXPECT_EQ(nearest("node_cuont", keys), "node_count");
  EXPECT_EQ(nearest("shmsize", keys), "shm_size");
  EXPECT_EQ(nearest("zzz", keys), "");
}

TEST(Nearest, TakesTwoLettersInTheWrongOrderForOneMistake) {
  EXPECT_EQ(nearest("chekc", {"check", "render"}), "check");
  EXPECT_EQ(nearest("nmae", {"name", "tags"}), "name");
  EXPECT_EQ(nearest("xyzzy", {"check"}), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'a'), {"check"}), "");
}

}  // namespace
}  // namespace chainer::diagnostics_test
