#include "node/builder/index_lookup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/environment_node.hpp"

namespace chainer {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// The real uv, on this host, with a folder of packages instead of an index.
class IndexLookup : public EnvironmentTest {
 protected:
  Result<std::vector<builder::UnmetRequirement>> look_up(std::vector<std::string> requirements) {
    const auto socket = builder::start_host_exec(TOOLS);
    if (!socket) return socket.error();
    auto host = builder::ImageExec::open(socket->get());
    if (!host) return host.error();
    auto variables = node().variables();
    variables.merge(builder::Variables{{"PATH", "/usr/bin:/bin"}});
    for (const auto& [name, value] : more_) variables[name] = value;
    fs::create_directories(folder_ / "scratch");
    builder::IndexLookup index(*host, TOOLS "/uv", folder_ / "scratch", variables);
    return index.unmet(std::move(requirements));
  }

  std::string unmet(std::vector<std::string> requirements) {
    const auto found = look_up(std::move(requirements));
    if (!found) return found.error().what;
    std::string text;
    for (const auto& one : *found) text += one.requirement + " | " + one.reason + "\n";
    return text;
  }

  builder::Variables more_;
};

TEST_F(IndexLookup, FindsWhatIsThereAndBuildsNothing) {
  EXPECT_EQ(unmet({"hello==1.0", "counted"}), "");
  EXPECT_FALSE(fs::exists(folder_ / "built"));
}

TEST_F(IndexLookup, NamesEveryOneThatIsMissing) {
  EXPECT_EQ(unmet({"hello==99.1", "counted", "nowhere-to-be-found>=2"}),
            "hello==99.1 | there is no version of hello==99.1\n"
            "nowhere-to-be-found>=2 | nowhere-to-be-found was not found in the provided package "
            "locations\n");
}

TEST_F(IndexLookup, SaysThatTwoContradictEachOther) {
  EXPECT_EQ(unmet({"hello==1.0", "counted", "hello>=2"}),
            " | you require hello==1.0 and hello>=2\n");
}

TEST_F(IndexLookup, DoesNotTakeSilenceForAnAnswer) {
  more_ = {{"PIP_NO_INDEX", ""},
           {"PIP_FIND_LINKS", ""},
           {"UV_HTTP_RETRIES", "0"},
           {"PIP_INDEX_URL", "http://127.0.0.1:1/simple"}};
  const auto found = look_up({"hello"});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().fault, Fault::try_again);
  EXPECT_THAT(found.error().what, HasSubstr("cannot ask the package index: "));
}

}  // namespace
}  // namespace chainer
