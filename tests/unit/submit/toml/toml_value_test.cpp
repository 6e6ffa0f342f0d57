#include "submit/toml/toml_value.hpp"

#include <gtest/gtest.h>

namespace chainer::toml_value_test {
namespace {

toml::Table parsed(std::string_view text) {
  auto result = toml::parse_toml(text, "x.toml");
  const auto* table = std::get_if<toml::Table>(&result);
  EXPECT_NE(table, nullptr);
  return table ? *table : toml::Table{};
}

TEST(Value, KeepsTheOrderOfTheFile) {
  std::string order;
  for (const auto& member : parsed("z = 1\na = 2\n[m]\n[b]\n")) order += member.key;
  EXPECT_EQ(order, "zamb");
}

TEST(Value, CountsColumnsInBytes) {
  const auto table = parsed("a = [\"é\", 1]\n");
  const auto& array = std::get<toml::Array>(table[0].value.data);
  EXPECT_EQ(array[1].place.at, (Position{1, 12}));
}

TEST(Value, KnowsWhereKeysAndValuesStand) {
  const auto table = parsed("\n[slurm]\n  mem = 1\n");
  const auto& slurm = std::get<toml::Table>(table[0].value.data);
  EXPECT_EQ(table[0].key_place.at, (Position{2, 2}));
  EXPECT_EQ(slurm[0].key_place.at, (Position{3, 3}));
  EXPECT_EQ(slurm[0].value.place.at, (Position{3, 9}));
}

TEST(Value, StopsAtTheFirstSyntaxError) {
  const auto result = toml::parse_toml("a = 1\nb = = 2\nc = = 3\n", "x.toml");
  const auto& finding = std::get<Finding>(result);
  EXPECT_EQ(finding.file, "x.toml");
  EXPECT_EQ(finding.at, (Position{2, 5}));
}

TEST(Value, ReadsLinesOfAnyLength) {
  constexpr std::uint32_t count = 50'000;
  std::string text = "a = [\"é\"";
  for (std::uint32_t i = 1; i < count; ++i) text += ", \"é\"";
  const auto table = parsed(text + "]\n");
  const auto& array = std::get<toml::Array>(table[0].value.data);
  ASSERT_EQ(array.size(), count);
  EXPECT_EQ(array.back().place.at, (Position{1, 6 + 6 * (count - 1)}));
}

Finding finding_of(std::string_view text) {
  auto result = toml::parse_toml(text, "x.toml");
  const auto* finding = std::get_if<Finding>(&result);
  EXPECT_NE(finding, nullptr) << text;
  return finding ? *finding : Finding{};
}

TEST(Value, RefusesWhatLiesTooDeep) {
  std::string parts = "a";
  for (int i = 0; i < 15'000; ++i) parts += ".a";
  const std::string open(15'000, '['), close(15'000, ']');
  std::string tables = "a=";
  for (int i = 0; i < 15'000; ++i) tables += "{a=";
  std::string headers, header = "a";
  for (int i = 0; i < 90; ++i, header += ".a") headers += "[[" + header + "]]\n";
  for (const auto& text : {parts + " = 1\n", "[" + parts + "]\n", "a = " + open + close,
                           "a = {" + parts + " = 1}\n", tables, headers}) {
    EXPECT_EQ(finding_of(text).message, "more than 100 tables and arrays lie in each other here")
        << text.substr(0, 40);
  }
}

TEST(Value, SaysThatTextNeedsQuotes) {
  const std::vector<std::pair<std::string, std::string>> hints = {
      {"a = foo", "text needs quotes: \"foo\""},
      {"a = train.py # x", "text needs quotes: \"train.py\""},
      {"a = 5.1.0", "text needs quotes: \"5.1.0\""},
      {"a = 64m", "text needs quotes: \"64m\""},
      {"a = my run\t", "text needs quotes: \"my run\""},
      {"a = C:\\x", "text needs quotes: 'C:\\x'"},
      {"a = [\"b\", info]", "text needs quotes: \"info\""},
      {"a = {b = nine, c = 1}", "text needs quotes: \"nine\""},
      {"a = True", "true and false are written in lower case"},
      {"a = no", "write true or false, or put text in quotes"},
      {"a = “x”", "the quotes of TOML are straight: \" or '"},
      {"a = \"C:\\data\"", "in single quotes a backslash is a backslash"},
      {"a: 1", "a key and its value are written KEY = VALUE"},
      {"a = {\nb = 1}", "a table in { } stands on one line; one under a [heading] may have many"},
      {"a = 99999999999999999999", ""},
      {"a = 01", ""},
      {"a = 2024-02-30", ""},
      {"a = = 2", ""},
      {"a =", ""}};
  for (const auto& [text, hint] : hints) EXPECT_EQ(finding_of(text).hint, hint) << text;
  EXPECT_EQ(finding_of("a = foo").message, "expected a value, saw 'foo'");
  EXPECT_EQ(finding_of("a = train.py").at, (Position{1, 5}));
}

}  // namespace
}  // namespace chainer::toml_value_test
