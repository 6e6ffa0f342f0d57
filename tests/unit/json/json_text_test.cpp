#include "core/json/json_text.hpp"

#include <gtest/gtest.h>

namespace chainer::json_text_test {
namespace {

std::string nested(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[') +
         std::string(static_cast<std::size_t>(levels), ']');
}

TEST(JsonText, OfNoJsonIsNeitherAListNorAnObject) {
  for (const auto* text : {"", "{", "[1,]", "{\"a\":1} x", "\xff", "nul"}) {
    EXPECT_TRUE(parse_json(text).is_discarded()) << text;
    EXPECT_TRUE(parse_ordered_json(text).is_discarded()) << text;
  }
}

TEST(JsonText, MayNestAsDeepAsItIsWrittenAndNoDeeper) {
  EXPECT_TRUE(parse_json(nested(deepest_json)).is_array());
  for (const int levels : {deepest_json + 2, 1'000'000}) {
    EXPECT_TRUE(parse_json(nested(levels)).is_discarded()) << levels;
    EXPECT_TRUE(parse_ordered_json("{\"a\":" + nested(levels) + "}").is_discarded()) << levels;
  }
}

TEST(JsonText, KeepsTheOrderOfMembersWhereItIsAskedTo) {
  EXPECT_EQ(json_line(parse_ordered_json(R"({"b":1,"a":[2]})")), R"({"b":1,"a":[2]})");
  EXPECT_EQ(json_line(parse_json(R"({"b":1,"a":[2]})")), R"({"a":[2],"b":1})");
  EXPECT_EQ(json_page(parse_ordered_json(R"({"b":1,"a":[2]})")),
            "{\n  \"b\": 1,\n  \"a\": [\n    2\n  ]\n}\n");
}

TEST(JsonText, ReplacesBytesThatAreNotUtf8) {
  EXPECT_FALSE(is_json_text("a\xff"));
  EXPECT_TRUE(is_json_text("ä"));
  EXPECT_EQ(json_line(nlohmann::json("a\xff")), "\"a\uFFFD\"");
}

}  // namespace
}  // namespace chainer::json_text_test
