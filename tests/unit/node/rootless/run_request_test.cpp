#include "node/rootless/run_request.hpp"

#include <gtest/gtest.h>

#include "node/rootless/own_store.hpp"

namespace chainer::rootless::run_request_test {
namespace {

RunOptions options() {
  RunOptions made;
  made.image = "docker://debian:12";
  made.command = {"true"};
  return made;
}

std::string mistake(const RunOptions& options) {
  const auto request = RunRequest::parse(options);
  return request ? "" : request.error().what;
}

TEST(ARequest, HasWhatTheSitesDefaultWouldBeWhereNothingIsAsked) {
  const auto request = RunRequest::parse(options());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->shm_size.bytes(), std::uint64_t{2} << 30);
  EXPECT_TRUE(request->mounts.empty());
  EXPECT_FALSE(request->writable);
}

TEST(ARequest, TakesMountsAndNamesInTheirOrder) {
  auto asked = options();
  asked.mounts = {"/a:/b:ro,/c:/d", "tmpfs:/e"};
  asked.keep = "LANG,TZ";
  const auto request = RunRequest::parse(asked);
  ASSERT_TRUE(request);
  ASSERT_EQ(request->mounts.size(), 3u);
  EXPECT_EQ(request->mounts[0].access, Access::read_only);
  EXPECT_EQ(request->mounts[1].destination, "/d");
  EXPECT_EQ(request->mounts[2].kind, MountSpec::Kind::tmpfs);
  EXPECT_EQ(request->keep, (std::vector<std::string>{"LANG", "TZ"}));
}

TEST(ARequest, NamesTheOptionThatIsWrong) {
  auto asked = options();
  asked.shm_size = "much";
  EXPECT_TRUE(mistake(asked).starts_with("--shm-size: ")) << mistake(asked);
  asked = options();
  asked.mounts = {"nowhere"};
  EXPECT_TRUE(mistake(asked).starts_with("--mount: ")) << mistake(asked);
  asked = options();
  asked.workdir = "here";
  EXPECT_EQ(mistake(asked), "--workdir: 'here' is not an absolute path");
  asked = options();
  asked.image = "Not An Image";
  EXPECT_TRUE(mistake(asked).starts_with("--image: ")) << mistake(asked);
}

TEST(ARequest, HasACommandUnlessItOnlyPrepares) {
  auto asked = options();
  asked.command.clear();
  EXPECT_EQ(mistake(asked), "no command is given");
  asked.prepare = true;
  EXPECT_EQ(mistake(asked), "");
}

TEST(ACacheFolder, IsTheOneThatTheVariableNamesElseBelowHome) {
  EXPECT_EQ(*cache_folder("/fast/cache", "/home/ada"), "/fast/cache");
  EXPECT_EQ(*cache_folder("", "/home/ada"), "/home/ada/.cache");
  EXPECT_EQ(*cache_folder("relative", "/home/ada"), "/home/ada/.cache");
  EXPECT_EQ(cache_folder("", "").error().what,
            "cannot tell where to keep images: $HOME is no absolute path");
}

}  // namespace
}  // namespace chainer::rootless::run_request_test
