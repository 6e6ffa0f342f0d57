#include "submit/cli/command_line.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace chainer::command_line_test {
namespace {

cli::CommandLine parsed(std::vector<std::string> words) {
  const auto result = cli::parse_command_line(std::move(words));
  const auto* line = std::get_if<cli::CommandLine>(&result);
  EXPECT_NE(line, nullptr);
  return line ? *line : cli::CommandLine{};
}

cli::CommandLineText refused(std::vector<std::string> words) {
  return std::get<cli::CommandLineText>(cli::parse_command_line(std::move(words)));
}

TEST(CommandLine, SubmitsWhenOnlyAFileIsNamed) {
  const auto line = parsed({"train.toml", "--follow", "--set", "a=1", "--set", "b=2"});
  EXPECT_EQ(line.command, cli::Command::submit);
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
  EXPECT_EQ(parsed({"check", "x", "--online", "--json"}).format, cli::Format::json);
  EXPECT_EQ(parsed({"render", "x", "--site", "s"}).site_file, "s");
  EXPECT_EQ(parsed({"explain"}).key, "");
  EXPECT_EQ(parsed({"explain", "shm_size"}).key, "shm_size");
  EXPECT_EQ(parsed({"follow", "r"}).run, "r");
  EXPECT_EQ(parsed({"status", "r", "--json"}).run, "r");
  EXPECT_EQ(parsed({"cancel", "r"}).command, cli::Command::cancel);
  EXPECT_EQ(parsed({"import", "x.py", "-o", "y.toml", "--force"}).output, "y.toml");
  EXPECT_EQ(parsed({"init"}).file, "");
  EXPECT_EQ(parsed({"targets"}).command, cli::Command::targets);
  EXPECT_EQ(parsed({"doctor"}).command, cli::Command::doctor);
  EXPECT_TRUE(parsed({"doctor", "--all-nodes"}).is_of_all_nodes);
  EXPECT_EQ(parsed({"site", "init"}).command, cli::Command::site_init);
  EXPECT_EQ(parsed({"versions"}).command, cli::Command::versions);
  EXPECT_EQ(parsed({"schema"}).command, cli::Command::schema);
}

TEST(CommandLine, EndsWithTwoOnWrongUsage) {
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"check"},
                                                                 {"check", "x", "--frob"},
                                                                 {"x", "y"},
                                                                 {"explain", "a", "b"},
                                                                 {"--frob"}}) {
    EXPECT_EQ(refused(words).code, run::ExitCode::wrong_usage);
  }
}

TEST(CommandLine, TellsWhatWasMeant) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"chekc", "x"},
       "'chekc' is no command\nhint: did you mean 'check'? A file of that name is ./chekc"},
      {{"status"}, "RUN is required\nhint: chainer-submit list shows your runs"},
      {{"lizt"}, "'lizt' is no command\nhint: did you mean 'list'? A file of that name is ./lizt"},
      {{"x", "--follw"}, "submit has no option '--follw'\nhint: did you mean '--follow'?"},
      {{"check", "--sett", "a=1", "x"},
       "check has no option '--sett'\nhint: did you mean '--set'?"},
      {{"check", "x", "--set", "--a=1", "--jsno"},
       "check has no option '--jsno'\nhint: did you mean '--json'?"},
      {{"render", "x", "--online"},
       "render has no option '--online'\nhint: chainer-submit check has it"},
      {{"--verison"}, "submit has no option '--verison'\nhint: did you mean '--version'?"},
      {{"x", "--time=3"},
       "submit has no option '--time'\nhint: write max_run_duration_seconds into the "
       "estimator, or --set max_run_duration_seconds=VALUE"},
      {{"x", "--dry-run"},
       "submit has no option '--dry-run'\nhint: chainer-submit check says what is "
       "wrong, render shows the script"},
      {{"x", "-z"},
       "submit has no option '-z'\nhint: chainer-submit submit --help shows the options"},
      {{"check"}, "FILE is required\nhint: chainer-submit check --help shows how it is used"},
      {{}, "A subcommand is required\nhint: chainer-submit --help shows the commands"}};
  for (const auto& [words, text] : cases) {
    EXPECT_EQ(refused(words).text, "chainer-submit: error: " + text + "\n");
    EXPECT_EQ(refused(words).code, run::ExitCode::wrong_usage);
  }
}

TEST(CommandLine, PrintsNothingThatATerminalObeys) {
  EXPECT_EQ(refused({"x", "--\x1b[2J"}).text,
            "chainer-submit: error: submit has no option '--\\x1b[2J'\n"
            "hint: chainer-submit submit --help shows the options\n");
}

TEST(CommandLine, TakesNamesOfFilesThatAreNoCommand) {
  EXPECT_EQ(parsed({"./chekc"}).file, "./chekc");
  EXPECT_EQ(parsed({"train"}).file, "train");
  EXPECT_EQ(parsed({"submit", "status"}).file, "status");
}

TEST(CommandLine, NamesACommandOfAGroupInFull) {
  EXPECT_EQ(refused({"site", "init", "--runs", "/r", "--bogus"}).text,
            "chainer-submit: error: site init has no option '--bogus'\n"
            "hint: chainer-submit site init --help shows the options\n");
  EXPECT_EQ(refused({"site", "init", "--runs"}).text,
            "chainer-submit: error: --runs: 1 required TEXT missing\n"
            "hint: chainer-submit site init --help shows how it is used\n");
  EXPECT_EQ(refused({"site", "--bogus"}).text,
            "chainer-submit: error: site has no option '--bogus'\n"
            "hint: chainer-submit site --help shows the options\n");
}

TEST(CommandLine, ShowsHelpThatFitsATerminalAndNamesTheProgram) {
  EXPECT_EQ(refused({"help"}).text, refused({"--help"}).text);
  for (const auto& words : std::vector<std::vector<std::string>>{{"--help"},
                                                                 {"submit", "--help"},
                                                                 {"check", "--help"},
                                                                 {"render", "-h"},
                                                                 {"follow", "-h"},
                                                                 {"status", "-h"},
                                                                 {"cancel", "-h"},
                                                                 {"import", "-h"},
                                                                 {"init", "-h"},
                                                                 {"targets", "-h"},
                                                                 {"doctor", "-h"},
                                                                 {"site", "-h"},
                                                                 {"site", "init", "-h"},
                                                                 {"explain", "-h"},
                                                                 {"schema", "-h"},
                                                                 {"versions", "-h"}}) {
    const auto help = refused(words);
    EXPECT_EQ(help.code, run::ExitCode::done);
    EXPECT_NE(help.text.find("Usage: chainer-submit "), std::string::npos) << help.text;
    std::istringstream lines(help.text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  }
}

TEST(CommandLine, ShowsHelpWithExamplesAndTheVersion) {
  EXPECT_NE(refused({"--help"}).text.find("chainer-submit train.toml --follow"), std::string::npos);
  EXPECT_EQ(refused({"check", "--help"}).code, run::ExitCode::done);
  EXPECT_EQ(refused({"--version"}).text.substr(0, 15), "chainer-submit ");
}

}  // namespace
}  // namespace chainer::command_line_test
