#include "submit/input/overrides.hpp"

#include <gtest/gtest.h>

namespace chainer::overrides_test {
namespace {

toml::Table with(const char* text, const std::vector<std::string>& overrides) {
  auto parsed = toml::parse_toml(text, "x.toml");
  auto table = std::get<toml::Table>(parsed);
  toml::Report report;
  input::apply_overrides(overrides, table, report);
  EXPECT_FALSE(report.has_errors());
  return table;
}

TEST(Overrides, ReplaceInPlaceAndAddAtTheEnd) {
  const auto table = with("a = 1\nb = [1, 2]\n", {"b=[3]", "c=4"});
  ASSERT_EQ(table.size(), 3u);
  EXPECT_EQ(std::get<toml::Array>(table[1].value.data).size(), 1u);
  EXPECT_EQ(std::get<std::int64_t>(table[2].value.data), 4);
}

TEST(Overrides, ReachIntoTablesAndKeepTheirOrder) {
  const auto table = with("[script_params]\n\"--z\" = 1\n\"--a\" = 2\n", {"script_params.--z=9"});
  const auto& params = std::get<toml::Table>(table[0].value.data);
  EXPECT_EQ(params[0].key, "--z");
  EXPECT_EQ(std::get<std::int64_t>(params[0].value.data), 9);
  EXPECT_EQ(params.size(), 2u);
}

TEST(Overrides, ReplaceWholeTables) {
  const auto table = with("[t]\na = 1\nb = 2\n", {"t={c=3}"});
  EXPECT_EQ(std::get<toml::Table>(table[0].value.data).size(), 1u);
}

TEST(Overrides, TakeWhatIsNoTomlAsAString) {
  const auto table =
      with("", {"entry_script=train.py", "name=a \"b\"", "empty=", "quoted=\"5\"", "two=1\nx=2"});
  EXPECT_EQ(std::get<std::string>(table[0].value.data), "train.py");
  EXPECT_EQ(std::get<std::string>(table[1].value.data), "a \"b\"");
  EXPECT_EQ(std::get<std::string>(table[2].value.data), "");
  EXPECT_EQ(std::get<std::string>(table[3].value.data), "5");
  EXPECT_EQ(std::get<std::string>(table[4].value.data), "1\nx=2");
}

TEST(Overrides, ReplaceAKeyThatIsWrittenWithAnUnderscore) {
  EXPECT_EQ(with("_node_count = 1\n", {"node_count=2"}).size(), 1u);
}

TEST(Overrides, KeepApartWhatTheUserNamed) {
  const auto table =
      with("[environment_variables]\nA = \"1\"\n", {"environment_variables._A=\"2\""});
  const auto& variables = std::get<toml::Table>(table[0].value.data);
  ASSERT_EQ(variables.size(), 2u);
  EXPECT_EQ(variables[0].key, "A");
  EXPECT_EQ(std::get<std::string>(variables[0].value.data), "1");
  EXPECT_EQ(variables[1].key, "_A");
}

TEST(Overrides, ReadQuotedKeysAsTomlDoes) {
  const auto table = with("", {R"(t."a\"=b"=1)", "t.'c=#'=2"});
  const auto& members = std::get<toml::Table>(table[0].value.data);
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].key, "a\"=b");
  EXPECT_EQ(members[1].key, "c=#");
}

TEST(Overrides, RefuseWhatIsNoKey) {
  std::string deep = "a";
  for (int i = 0; i < 15'000; ++i) deep += ".a";
  for (const std::string key : {"#a", "a.#b", "", ".", "a.", ".a", "\"a", "a b", "[x]", "[x]\na",
                                "a\n", "\na", "# x\na", "\xff", "\"\"\"a\"\"\"", deep.c_str()}) {
    toml::Table table;
    toml::Report report;
    input::apply_overrides({key + "=1"}, table, report);
    EXPECT_TRUE(report.has_errors()) << key;
    EXPECT_TRUE(table.empty()) << key;
  }
}

TEST(Overrides, TakeWhatNestsTooDeepAsAString) {
  const std::string value(20'000, '[');
  EXPECT_EQ(std::get<std::string>(with("", {"a=" + value})[0].value.data), value);
}

TEST(Overrides, KnowTheirPlaceOnTheCommandLine) {
  const auto table = with("", {"a=1", "b=[1, 2]"});
  EXPECT_EQ(std::get<toml::Array>(table[1].value.data)[1].place.at, (Position{2, 7}));
  EXPECT_EQ(input::overrides_text({"a=1", "b=[1, 2]"}), "a=1\nb=[1, 2]\n");
}

}  // namespace
}  // namespace chainer::overrides_test
