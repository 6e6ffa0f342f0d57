#include "spank_plugin/preparation_count.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "scratch_folder.hpp"

namespace chainer::preparation_count_test {
namespace {

using namespace std::chrono_literals;

UsedEntry found() { return {*Digest::parse_hex(std::string(64, 'a'))}; }

UsedEntry made() {
  UsedEntry entry{*Digest::parse_hex(std::string(64, 'b')), UsedEntry::Origin::helpers};
  entry.work = {
      {{Phase::download, 1.5, 30'000'000}, {Phase::convert, 0.25, 20'000'000}}, true, {2, 900}};
  return entry;
}

UsedEntry waited_for() {
  UsedEntry entry{*Digest::parse_hex(std::string(64, 'c')), UsedEntry::Origin::helpers};
  entry.work.phases = {{Phase::wait, 2}};
  return entry;
}

TEST(APreparationsFigures, TellWhatWasThereFromWhatWasMade) {
  const auto figures = figures_of({"x", made(), found(), {}, 1800ms});
  EXPECT_EQ(figures.made, 1u);
  EXPECT_EQ(figures.warm, 0u);
  EXPECT_EQ(figures.microseconds, 1'800'000u);
  EXPECT_EQ(figures.images.made, 1u);
  EXPECT_EQ(figures.environments.found, 1u);
  const auto& download = figures.images.phases.at(index_of(Phase::download));
  EXPECT_EQ(download.times, 1u);
  EXPECT_EQ(download.microseconds, 1'500'000u);
  EXPECT_EQ(download.bytes, 30'000'000u);
  EXPECT_EQ(figures.evicted_entries, 2u);
  EXPECT_EQ(figures.evicted_bytes, 900u);
}

TEST(APreparationsFigures, SayThatAnotherNodeMadeIt) {
  const auto figures = figures_of({"x", waited_for(), {}, {}, 2s});
  EXPECT_EQ(figures.images.waited, 1u);
  EXPECT_EQ(figures.images.made, 0u);
}

TEST(APreparationsFigures, CountAFailureByWhoHasToAct) {
  const auto of = [](Fault fault) {
    return figures_of({"x", {}, {}, Error{"no", "", 0, fault}, 1ms});
  };
  EXPECT_EQ(of(Fault::user).failed_for_user, 1u);
  EXPECT_EQ(of(Fault::try_again).failed_for_now, 1u);
  EXPECT_EQ(of(Fault::node).failed_for_node, 1u);
  EXPECT_EQ(of(Fault::defect).failed_for_node, 1u);
  EXPECT_EQ(of(Fault::user).warm, 0u);
}

class TheFile : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "the file is root's";
    run_dir_ = folder_.path() + "/run";
  }
  std::string path() const { return run_dir_ + "/figures"; }
  NodeFigures figures() const { return read_figures(run_dir_)->figures; }
  static NodeFigures one_warm() { return figures_of({"x", found(), {}, {}, 5ms}); }

  fixtures::ScratchFolder folder_;
  std::string run_dir_;
};

TEST_F(TheFile, BeginsWithTheFirstPreparationAndAddsUp) {
  EXPECT_EQ(read_figures(run_dir_)->since, 0u);
  for (int i = 0; i < 3; ++i) {
    const auto added = add_to_node_figures(run_dir_, one_warm());
    ASSERT_TRUE(added) << added.error().what;
  }
  EXPECT_EQ(figures().warm, 3u);
  EXPECT_EQ(figures().microseconds, 15'000u);
  EXPECT_NEAR(static_cast<double>(read_figures(run_dir_)->since),
              static_cast<double>(::time(nullptr)), 60);
}

TEST_F(TheFile, LosesNothingWhereManyStepsCountAtOnce) {
  ASSERT_TRUE(add_to_node_figures(run_dir_, one_warm()));
  constexpr int threads = 8, each = 200;
  std::vector<std::jthread> steps;
  for (int i = 0; i < threads; ++i) {
    steps.emplace_back([&] {
      for (int j = 0; j < each; ++j) (void)add_to_node_figures(run_dir_, one_warm()).has_value();
    });
  }
  steps.clear();
  EXPECT_EQ(figures().images.found, 1u + threads * each);
}

TEST_F(TheFile, IsReadableByAllAndWrittenByRootWhateverTheUmask) {
  const auto before = ::umask(0077);
  const auto added = add_to_node_figures(run_dir_, one_warm());
  ::umask(before);
  ASSERT_TRUE(added) << added.error().what;
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644u);
}

TEST_F(TheFile, IsBegunAnewWhereItIsNotOfThisRelease) {
  ASSERT_TRUE(add_to_node_figures(run_dir_, one_warm()));
  for (const std::string& text : {std::string("short"), std::string(sizeof(FiguresFile), 'x')}) {
    std::ofstream(path(), std::ios::trunc) << text;
    EXPECT_FALSE(read_figures(run_dir_));
    const auto added = add_to_node_figures(run_dir_, one_warm());
    ASSERT_TRUE(added) << added.error().what;
    EXPECT_EQ(figures().warm, 1u);
  }
}

TEST_F(TheFile, IsNotALinkThatLeadsElsewhere) {
  ASSERT_TRUE(add_to_node_figures(run_dir_, one_warm()));
  std::filesystem::remove(path());
  const auto other = folder_.path() + "/other";
  std::ofstream(other) << "other";
  std::filesystem::create_symlink(other, path());
  ASSERT_TRUE(add_to_node_figures(run_dir_, one_warm()));
  EXPECT_FALSE(std::filesystem::is_symlink(path()));
  EXPECT_EQ(std::filesystem::file_size(other), 5u);
}

}  // namespace
}  // namespace chainer::preparation_count_test
