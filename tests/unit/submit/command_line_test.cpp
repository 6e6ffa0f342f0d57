#include "submit/command_line.hpp"

#include <gtest/gtest.h>

namespace chainer {
namespace {

CommandLine parsed(std::vector<std::string> words) {
  const auto result = parse_command_line(std::move(words));
  const auto* line = std::get_if<CommandLine>(&result);
  EXPECT_NE(line, nullptr);
  return line ? *line : CommandLine{};
}

CommandLineText refused(std::vector<std::string> words) {
  return std::get<CommandLineText>(parse_command_line(std::move(words)));
}

TEST(CommandLine, SubmitsWhenOnlyAFileIsNamed) {
  const auto line = parsed({"train.toml", "--follow", "--set", "a=1", "--set", "b=2"});
  EXPECT_EQ(line.command, Command::submit);
  EXPECT_EQ(line.file, "train.toml");
  EXPECT_TRUE(line.follow);
  EXPECT_EQ(line.overrides, (std::vector<std::string>{"a=1", "b=2"}));
  EXPECT_EQ(parsed({"--set", "a=1", "train.toml"}).file, "train.toml");
}

TEST(CommandLine, TakesValuesAsTheyStand) {
  EXPECT_EQ(parsed({"check", "x", "--set", "script_params.--a=[1, \"b c\"]"}).overrides[0],
            "script_params.--a=[1, \"b c\"]");
  EXPECT_EQ(parsed({"check", "--set=a=-1", "x"}).overrides[0], "a=-1");
}

TEST(CommandLine, KnowsEveryCommand) {
  EXPECT_EQ(parsed({"check", "x", "--online", "--json"}).format, Format::json);
  EXPECT_EQ(parsed({"render", "x", "--site", "s"}).site_file, "s");
  EXPECT_EQ(parsed({"explain"}).key, "");
  EXPECT_EQ(parsed({"explain", "shm_size"}).key, "shm_size");
  EXPECT_EQ(parsed({"follow", "r"}).run, "r");
  EXPECT_EQ(parsed({"versions"}).command, Command::versions);
  EXPECT_EQ(parsed({"schema"}).command, Command::schema);
}

TEST(CommandLine, EndsWithTwoOnWrongUsage) {
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"check"},
                                                                 {"check", "x", "--frob"},
                                                                 {"x", "y"},
                                                                 {"explain", "a", "b"},
                                                                 {"--frob"}}) {
    EXPECT_EQ(refused(words).code, ExitCode::wrong_usage);
  }
}

TEST(CommandLine, ShowsHelpWithExamplesAndTheVersion) {
  EXPECT_NE(refused({"--help"}).text.find("chainer-submit train.toml --follow"), std::string::npos);
  EXPECT_EQ(refused({"check", "--help"}).code, ExitCode::done);
  EXPECT_EQ(refused({"--version"}).text.substr(0, 15), "chainer-submit ");
}

}  // namespace
}  // namespace chainer
