#include "submit/toml/toml_nesting.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "submit/toml/toml_value.hpp"

namespace chainer::toml_nesting_test {
namespace {

/// How many tables and arrays lie in each other.
std::size_t depth_of(const toml::Value& value) {
  std::size_t depth = 0;
  if (const auto* table = std::get_if<toml::Table>(&value.data)) {
    for (const auto& member : *table) depth = std::max(depth, depth_of(member.value));
    return depth + 1;
  }
  const auto* array = std::get_if<toml::Array>(&value.data);
  if (!array) return 0;
  for (const auto& element : *array) depth = std::max(depth, depth_of(element));
  return depth + 1;
}

/// The depth of a document below its root; nothing when it does not parse.
std::optional<std::size_t> parsed_depth(const std::string& text) {
  auto parsed = toml::parse_toml(text, "x");
  auto* table = std::get_if<toml::Table>(&parsed);
  if (!table) return std::nullopt;
  return depth_of({std::move(*table), {}}) - 1;
}

TEST(Nesting, IsCountedOverHeadersKeysAndBrackets) {
  const std::string text = "[a.b]\nc.d = [{e.f = 1}]\n";
  EXPECT_FALSE(toml::deeper_than(10, text));
  EXPECT_TRUE(toml::deeper_than(4, text));
  EXPECT_EQ(toml::deeper_than(2, "a = [\n[[1]]]"), (Position{2, 2}));
}

TEST(Nesting, IgnoresWhatStandsInStringsAndComments) {
  for (const auto* text :
       {"a = \"[[[[....\"", "a = '[[[[....'", "a = \"\"\"\n[[[[\"\"\n\"\"\"\"\"",
        "a = '''\n[[[[\n'''", "# [[[[....", R"(a = "\"[[[[")", "a = \"\" # [[[["}) {
    EXPECT_FALSE(toml::deeper_than(3, text)) << text;
  }
  EXPECT_TRUE(toml::deeper_than(3, "a = '''[[[''' # [\nb = [[[[1]]]]"));
}

RC_GTEST_PROP(Nesting, IsNeverCountedLowerThanTheParserNests, ()) {
  const auto piece = rc::gen::element<std::string>(
      "a", "b", "a.b", ".", " = ", "=", "1", "1.5", "[", "]", "[[a", "a]]", "{", "}", "{a=", ", ",
      "\n", "\n[a", "]\n", "\"", "'", "\"\"\"", "'''", "\\", "#", " ", "\"x\"", "'.'", "[1]",
      "\na = 1\n");
  const auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
  std::string text;
  for (const auto& one : pieces) text += one;
  const auto depth = parsed_depth(text).value_or(0);
  RC_ASSERT(depth == 0 || toml::deeper_than(depth - 1, text));
}

RC_GTEST_PROP(Nesting, IsNeverCountedLowerInDocumentsThatGoDeep, ()) {
  const auto level = rc::gen::element<std::string>("[", "{a = ", "{a.'b.c'.d = ", "[\"]\", ");
  const auto levels = *rc::gen::resize(20, rc::gen::container<std::vector<std::string>>(level));
  std::string open, close;
  for (const auto& one : levels) {
    open += one;
    close.insert(0, one.starts_with('[') ? "]" : "}");
  }
  const auto header = *rc::gen::element<std::string>("[h]", "[h.h]", "[[h.h.'h']]", "");
  const auto key = *rc::gen::element<std::string>("k", "k.k", "k . \"k\" . k");
  const auto text = header + "\n" + key + " = " + open + "1.5" + close + "\n";
  const auto depth = parsed_depth(text);
  RC_ASSERT(depth.has_value());
  RC_ASSERT(*depth == 0 || toml::deeper_than(*depth - 1, text));
}

}  // namespace
}  // namespace chainer::toml_nesting_test
