#include "spank_plugin/namespace_builder.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "attached.hpp"
#include "in_child.hpp"

namespace chainer::namespace_builder_test {
namespace {

class ANamespace : public testing::Test {
 protected:
  void SetUp() override { NEEDS_ROOT(); }
  /// Why there is none.
  static std::string refusal(const std::function<Result<void>()>& build) {
    return fixtures::in_child([&] {
      const auto built = build_namespace(fixtures::attached(), build);
      return built ? std::string("built") : built.error().what + "; " + built.error().hint;
    });
  }
};

TEST_F(ANamespace, SaysWhatItsBuilderSays) {
  EXPECT_EQ(refusal([] { return Error{"cannot do it", "do not"}; }), "cannot do it; do not");
}

TEST_F(ANamespace, WhoseBuilderIsKilledSpeaksOfMemory) {
  EXPECT_EQ(
      refusal([]() -> Result<void> {
        ::kill(::getpid(), SIGKILL);
        return {};
      }),
      "cannot put the container together: the process that does it was killed by signal 9; the "
      "step's memory may be too small: ask for more with --mem");
}

TEST_F(ANamespace, WhoseBuilderEndsWithoutAWordSaysHow) {
  EXPECT_EQ(refusal([]() -> Result<void> { ::_exit(3); }),
            "cannot put the container together: the process that does it ended with exit code 3; ");
}

}  // namespace
}  // namespace chainer::namespace_builder_test
