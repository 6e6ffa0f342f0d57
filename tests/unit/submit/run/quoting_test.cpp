#include "submit/run/quoting.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "submit/run/process.hpp"

namespace chainer::quoting_test {
namespace {

std::vector<std::string> difficult_strings() {
  std::vector<std::string> strings{"",   " ",   "a b",     "'",    "\"",     "\\",     "\\'",
                                   "#",  "a#b", "$HOME",   "`id`", "$(id)",  "*",      "~",
                                   "\n", "a\n", "a\r\nb",  "\t",   "\0011",  "\x7f",   "é☃",
                                   "-n", "!",   "a=b;c&d", "%j",   "hetjob", "x\\\\y", "\\\""};
  std::mt19937 random(20261123);  // the same strings each time
  for (int i = 0; i < 300; ++i) {
    std::string string(random() % 12, '\0');
    for (char& c : string) c = static_cast<char>(1 + random() % 255);
    strings.push_back(string);
  }
  return strings;
}

TEST(BashWord, ExpandsInBashToTheSameBytes) {
  const auto strings = difficult_strings();
  std::string script = "printf '%s\\0'";
  std::string expected;
  for (const auto& string : strings) {
    script += " " + run::bash_word(string);
    expected += string + '\0';
  }
  run::RealProcessRunner processes;
  // The locale of a batch script is the person's own: bytes must not depend on it.
  for (const std::string locale : {"LC_ALL=C", "LC_ALL=C.UTF-8"}) {
    const auto finished = processes.run({"bash", "-c", script}, {locale, "PATH=/usr/bin:/bin"});
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->out, expected) << locale << finished->err;
  }
}

TEST(BashWord, KeepsLineEndsOutOfTheScript) {
  EXPECT_EQ(run::bash_word("a\r\nb'c\\"), "$'a\\015\\nb\\'c\\\\'");
  EXPECT_EQ(run::bash_word("it's"), "'it'\\''s'");
}

/// How sbatch 22.05 takes an #SBATCH line apart (get_argument in src/sbatch/opt.c), as a model.
std::vector<std::string> read_as_sbatch(const std::string& line) {
  std::vector<std::string> words;
  std::size_t at = 0;
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (true) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at >= line.size() || line[at] == '#') return words;
    std::string word;
    char quote = 0;
    bool escaped = false;
    for (; at < line.size() && (quote != 0 || !is_blank(line[at])); ++at) {
      const char c = line[at];
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
        continue;
      } else if (quote != 0) {
        if (c == quote) {
          quote = 0;
          continue;
        }
      } else if (c == '"' || c == '\'') {
        quote = c;
        continue;
      } else if (c == '#') {
        return words.push_back(word), words;
      }
      word += c;
    }
    words.push_back(word);
  }
}

TEST(SbatchWord, IsReadBackByTheRulesOfSbatch) {
  for (const auto& string : difficult_strings()) {
    if (string.find('\n') != std::string::npos) continue;  // no caller has one
    EXPECT_EQ(read_as_sbatch("--comment=" + run::sbatch_word(string)),
              std::vector<std::string>{"--comment=" + string});
    EXPECT_EQ(read_as_sbatch(run::sbatch_word("--comment=" + string)),
              std::vector<std::string>{"--comment=" + string});
  }
}

TEST(SbatchWord, LeavesPlainWordsBare) {
  EXPECT_EQ(run::sbatch_word("/shared/runs/ada/logs/%j.out"), "/shared/runs/ada/logs/%j.out");
  EXPECT_EQ(run::sbatch_word("my account"), "\"my account\"");
}

TEST(SbatchPath, KeepsSlurmFromReadingPercentSigns) {
  EXPECT_EQ(run::sbatch_path("/runs/100%j"), "/runs/100%%j");
}

}  // namespace
}  // namespace chainer::quoting_test
