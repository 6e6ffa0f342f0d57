#include "submit/toml_value.hpp"

#include <gtest/gtest.h>

namespace chainer {
namespace {

TomlTable parsed(std::string_view text) {
  auto result = parse_toml(text, "x.toml");
  const auto* table = std::get_if<TomlTable>(&result);
  EXPECT_NE(table, nullptr);
  return table ? *table : TomlTable{};
}

TEST(TomlValue, KeepsTheOrderOfTheFile) {
  std::string order;
  for (const auto& member : parsed("z = 1\na = 2\n[m]\n[b]\n")) order += member.key;
  EXPECT_EQ(order, "zamb");
}

TEST(TomlValue, CountsColumnsInBytes) {
  const auto table = parsed("a = [\"é\", 1]\n");
  const auto& array = std::get<TomlArray>(table[0].value.data);
  EXPECT_EQ(array[1].place.at, (Position{1, 12}));
}

TEST(TomlValue, KnowsWhereKeysAndValuesStand) {
  const auto table = parsed("\n[slurm]\n  mem = 1\n");
  const auto& slurm = std::get<TomlTable>(table[0].value.data);
  EXPECT_EQ(table[0].key_place.at, (Position{2, 2}));
  EXPECT_EQ(slurm[0].key_place.at, (Position{3, 3}));
  EXPECT_EQ(slurm[0].value.place.at, (Position{3, 9}));
}

TEST(TomlValue, StopsAtTheFirstSyntaxError) {
  const auto result = parse_toml("a = 1\nb = = 2\nc = = 3\n", "x.toml");
  const auto& finding = std::get<Finding>(result);
  EXPECT_EQ(finding.file, "x.toml");
  EXPECT_EQ(finding.at, (Position{2, 5}));
}

}  // namespace
}  // namespace chainer
