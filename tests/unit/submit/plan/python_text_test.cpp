#include "submit/plan/python_text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <utility>

namespace chainer::python_text_test {
namespace {

TEST(PythonFloat, PrintsWhatStrDoes) {
  // Right column: python3 -c 'print(str(…))'.
  const std::pair<double, const char*> table[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {0.1, "0.1"},
      {-2.5, "-2.5"},
      {100.0, "100.0"},
      {123.456, "123.456"},
      {0.001, "0.001"},
      {0.0001, "0.0001"},
      {0.00001, "1e-05"},
      {1.5e-7, "1.5e-07"},
      {1e15, "1000000000000000.0"},
      {1e16, "1e+16"},
      {1.25e17, "1.25e+17"},
      {1e100, "1e+100"},
      {9007199254740993.0, "9007199254740992.0"},
      {0.1 + 0.2, "0.30000000000000004"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {std::numeric_limits<double>::infinity(), "inf"},
      {-std::numeric_limits<double>::infinity(), "-inf"},
      {std::numeric_limits<double>::quiet_NaN(), "nan"},
      {-std::numeric_limits<double>::quiet_NaN(), "nan"},
  };
  for (const auto& [value, text] : table) EXPECT_EQ(plan::python_float(value), text);
}

}  // namespace
}  // namespace chainer::python_text_test
