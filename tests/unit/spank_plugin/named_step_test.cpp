#include "spank_plugin/named_step.hpp"

#include <gtest/gtest.h>

#include <string>

#include "spank_plugin/step.hpp"

namespace chainer::named_step_test {
namespace {

std::string read(const std::string& text) {
  const auto named = NamedStep::parse(text);
  if (!named) return named.error().what;
  const auto shown = [](const std::optional<std::uint32_t>& number) {
    return number ? std::to_string(*number) : std::string("any");
  };
  return shown(named->job) + " " + shown(named->step);
}

TEST(ANamedStep, IsANumberWithOrWithoutItsJob) {
  EXPECT_EQ(read("3"), "any 3");
  EXPECT_EQ(read("12.3"), "12 3");
  EXPECT_EQ(read("newest"), "any any");
  EXPECT_EQ(read("batch"), "any " + std::to_string(batch_step));
  EXPECT_EQ(read("12.interactive"), "12 " + std::to_string(interactive_step));
}

TEST(ANamedStep, IsNothingElse) {
  for (const auto* text : {"", "x", "-1", "+1", "1 ", "0x1", ".1", "1.", "1.2.3", "4294967296",
                           "12.newest", "extern", "12_3"})
    EXPECT_EQ(read(text), "'" + std::string(text) + "' is not a step");
}

}  // namespace
}  // namespace chainer::named_step_test
