#include "submit/toml/toml_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

namespace chainer::toml_text_test {
namespace {

/// What a value's text is read back as.
toml::Data read_back(const toml::Data& data) {
  const auto parsed = toml::parse_toml("v = " + toml::toml_text(data) + "\n", "");
  const auto* table = std::get_if<toml::Table>(&parsed);
  return table && table->size() == 1 ? table->front().value.data : toml::Data{};
}

TEST(TomlText, ReadsBackAsTheSameText) {
  EXPECT_TRUE(rc::check([] {
    auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    RC_ASSERT(std::get<std::string>(read_back(text)) == text);
  }));
  EXPECT_EQ(std::get<std::string>(read_back(std::string("\u00e9\u2026"))), "\u00e9\u2026");
}

TEST(TomlText, ReadsBackAsTheSameNumber) {
  for (const double number : {0.0, 1.0, -1.5, 1e16, 1e-300, 0.1, std::numeric_limits<double>::max(),
                              std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(std::get<double>(read_back(number)), number) << toml::toml_text(number);
  }
  EXPECT_TRUE(std::isnan(std::get<double>(read_back(std::nan("")))));
  EXPECT_EQ(std::get<std::int64_t>(read_back(std::int64_t{-7})), -7);
}

TEST(TomlText, WritesTablesAndArraysOnOneLine) {
  const toml::Table table{{"a-b c", {}, {toml::Array{{true, {}}, {std::string("x"), {}}}, {}}}};
  EXPECT_EQ(toml::toml_text(table), "{ \"a-b c\" = [true, \"x\"] }");
  EXPECT_EQ(toml::toml_text(toml::Table{}), "{}");
  EXPECT_EQ(toml::toml_text(toml::Array{}), "[]");
}

}  // namespace
}  // namespace chainer::toml_text_test
