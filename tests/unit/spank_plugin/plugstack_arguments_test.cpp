#include "spank_plugin/plugstack_arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace chainer::plugstack_arguments_test {
namespace {

PlugstackArguments read(std::vector<const char*> arguments) {
  PlugstackArguments result;
  result.read(static_cast<int>(arguments.size()), arguments.data());
  return result;
}

TEST(PlugstackArguments, NameTheConfigurationFile) {
  EXPECT_EQ(read({}).conf_path(), "/etc/chainer/plugin.conf");
  EXPECT_EQ(read({"conf=/etc/other"}).conf_path(), "/etc/other");
  EXPECT_FALSE(read({"conf=/etc/other"}).error());
}

TEST(PlugstackArguments, ThatAreUnknownAreAnError) {
  for (const auto* argument : {"conf", "conf=", "conf=relative", "Conf=/etc/other", "debug"}) {
    const auto arguments = read({"conf=/etc/first", argument});
    ASSERT_TRUE(arguments.error()) << argument;
    EXPECT_THAT(arguments.error()->what, testing::HasSubstr("'" + std::string(argument) + "'"));
    EXPECT_EQ(arguments.conf_path(), "/etc/first");
  }
}

}  // namespace
}  // namespace chainer::plugstack_arguments_test
