#include "node/builder/builder_cache.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <time.h>

#include <filesystem>
#include <fstream>

namespace chainer::builder_cache_test {
namespace {

namespace fs = std::filesystem;

class Cache : public testing::Test {
 protected:
  ~Cache() override { fs::remove_all(root_); }

  std::string part(char digit, int days, bool tagged = true) {
    auto folder = root_ + "/" + std::string(16, digit);
    fs::create_directories(folder + "/wheels");
    if (tagged) std::ofstream(folder + "/CACHEDIR.TAG") << "x";
    const timespec times[] = {{0, UTIME_OMIT}, {::time(nullptr) - days * 24 * 3600, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, folder.c_str(), times, 0), 0);
    return folder;
  }
  builder::BuilderCache of(char digit) {
    return builder::BuilderCache::open({{"UV_CACHE_DIR", root_}},
                                       *Digest::parse_hex(std::string(64, digit)));
  }

  static std::string make_folder() {
    std::string name = testing::TempDir() + "cache.XXXXXX";
    return ::mkdtemp(name.data());
  }
  const std::string root_{make_folder()};
};

TEST_F(Cache, LiesWhereTheUserSaysElseInTheUsersOwnCacheFolder) {
  const auto image = *Digest::parse_hex(std::string(64, 'a'));
  const auto name = std::string(16, 'a');
  EXPECT_EQ(of('a').folder(), root_ + "/" + name);
  EXPECT_TRUE(fs::is_directory(root_ + "/" + name));
  EXPECT_EQ(builder::BuilderCache::open({{"XDG_CACHE_HOME", root_}, {"HOME", "/nowhere"}}, image)
                .folder(),
            root_ + "/chainer/uv/" + name);
  EXPECT_EQ(builder::BuilderCache::open({{"HOME", root_}}, image).folder(),
            root_ + "/.cache/chainer/uv/" + name);
  EXPECT_EQ(builder::BuilderCache::open({}, image).folder(), "");
}

TEST_F(Cache, LosesOnePartAtATimeThatNobodyUsedForAMonth) {
  const std::string old[] = {part('b', 31), part('c', 40)};
  const auto cache = of('a');
  const auto left = [&] { return fs::exists(old[0]) + fs::exists(old[1]); };
  cache.remove_one_unused();
  EXPECT_EQ(left(), 1);
  cache.remove_one_unused();
  EXPECT_EQ(left(), 0);
  EXPECT_EQ(std::distance(fs::directory_iterator(root_), {}), 1);
}

TEST_F(Cache, KeepsWhatIsUsedAndWhatIsNotTheBuilders) {
  const auto used = part('b', 31);
  const auto recent = part('c', 29);
  const auto of_another_tool = part('d', 31, false);
  fs::create_directory_symlink(recent, root_ + "/" + std::string(16, 'e'));
  const auto cache = of('b');
  for (int i = 0; i < 4; ++i) cache.remove_one_unused();
  for (const auto& folder : {used, recent, of_another_tool})
    EXPECT_TRUE(fs::exists(folder + "/wheels")) << folder;
}

TEST_F(Cache, FinishesARemovalThatWasInterrupted) {
  fs::create_directories(root_ + "/.removed-" + std::string(16, 'b') + "/wheels");
  of('a').remove_one_unused();
  EXPECT_EQ(std::distance(fs::directory_iterator(root_), {}), 1);
}

}  // namespace
}  // namespace chainer::builder_cache_test
