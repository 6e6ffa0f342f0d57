#include "core/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace chainer::result_test {
namespace {

const Error refused{"cannot open it: Permission denied", "ask its owner", EACCES, Fault::user};

Result<int> number(bool works) {
  if (!works) return refused;
  return 7;
}

Result<std::unique_ptr<int>> owner(bool works) {
  if (!works) return refused;
  return std::make_unique<int>(7);
}

Result<void> nothing(bool works) {
  if (!works) return refused;
  return {};
}

template <typename A, typename B>
Result<std::pair<A, B>> both(bool works) {
  if (!works) return refused;
  return std::pair<A, B>{};
}

Result<std::string> forwards(bool works) {
  TRY(nothing(works));
  return std::string("it went on");
}

Result<int> adds(bool first, bool second) {
  TRY_ASSIGN(const auto left, number(first));
  TRY_ASSIGN(const auto right, number(second));
  return left + right;
}

void expect_the_same(const Error& error) {
  EXPECT_EQ(error.what, refused.what);
  EXPECT_EQ(error.hint, refused.hint);
  EXPECT_EQ(error.error_number, refused.error_number);
  EXPECT_EQ(error.fault, refused.fault);
}

TEST(Try, GoesOnWithAValue) { EXPECT_EQ(*forwards(true), "it went on"); }

TEST(Try, ForwardsAnErrorWholeAndEndsTheFunction) {
  const auto result = forwards(false);
  ASSERT_FALSE(result);
  expect_the_same(result.error());
}

TEST(Try, IsOneStatement) {
  const auto guarded = [](bool asked) -> Result<int> {
    if (asked)
      TRY(nothing(false));
    else
      return 1;
    return 2;
  };
  EXPECT_EQ(*guarded(false), 1);
  EXPECT_FALSE(guarded(true));
}

TEST(Try, ForwardsToWhateverIsMadeOfAnError) {
  const auto error_of = [](bool works) -> std::optional<Error> {
    TRY(nothing(works));
    return std::nullopt;
  };
  EXPECT_FALSE(error_of(true));
  expect_the_same(error_of(false).value());
}

TEST(Try, LooksOnce) {
  int looks = 0;
  const auto look = [&]() -> Result<void> {
    TRY([&]() -> Result<void> {
      ++looks;
      return refused;
    }());
    return {};
  };
  EXPECT_FALSE(look());
  EXPECT_EQ(looks, 1);
}

TEST(TryAssign, DeclaresTheValue) { EXPECT_EQ(*adds(true, true), 14); }

TEST(TryAssign, ForwardsTheFirstError) {
  EXPECT_FALSE(adds(false, true));
  const auto result = adds(true, false);
  ASSERT_FALSE(result);
  expect_the_same(result.error());
}

TEST(TryAssign, MovesWhatCannotBeCopied) {
  const auto made = []() -> Result<std::unique_ptr<int>> {
    TRY_ASSIGN(auto value, owner(true));
    return value;
  }();
  ASSERT_TRUE(made);
  EXPECT_EQ(**made, 7);
}

TEST(TryAssign, SetsAVariableThatIsThere) {
  const auto last = [](bool works) -> Result<int> {
    int value = 1;
    TRY_ASSIGN(value, number(works));
    return value;
  };
  EXPECT_EQ(*last(true), 7);
  EXPECT_FALSE(last(false));
}

TEST(TryAssign, TakesAnExpressionWithCommas) {
  const auto sum = []() -> Result<int> {
    TRY_ASSIGN(const auto pair, both<int, int>(true));
    return pair.first + pair.second;
  };
  EXPECT_EQ(*sum(), 0);
}

TEST(TryAssign, SpendsAResultThatHasAName) {
  auto named = owner(true);
  const auto taken = [&]() -> Result<int> {
    TRY_ASSIGN(const auto value, std::move(named));
    return *value;
  };
  EXPECT_EQ(*taken(), 7);
  EXPECT_EQ(*named, nullptr);
}

}  // namespace
}  // namespace chainer::result_test
