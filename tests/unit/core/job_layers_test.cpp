#include "core/job_layers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace chainer::job_layers_test {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;

const JobLayer work{2, 1000, 1, 47, "work", "manifest/0123", "debian:12"};

TEST(ALayersName, IsStrict) {
  for (const char* name : {"a", "work", "a.b-c_d", "0", "-", "none.", "A1"})
    EXPECT_TRUE(is_layer_name(name)) << name;
  for (const char* name : {"", ".", "..", ".a", "a/b", "../a", "a b", "a\n", "\xc3\xa4"})
    EXPECT_FALSE(is_layer_name(name)) << name;
  EXPECT_TRUE(is_layer_name(std::string(64, 'a')));
  EXPECT_FALSE(is_layer_name(std::string(65, 'a')));
}

TEST(ALayersRecord, SaysWhatItWasMadeOf) {
  const auto read = JobLayer::parse(2, work.record());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->number, 2U);
  EXPECT_EQ(read->user, 1000U);
  EXPECT_EQ(read->restart_count, 1U);
  EXPECT_EQ(read->mounted_device, 47U);
  EXPECT_EQ(read->name, "work");
  EXPECT_EQ(read->image, "manifest/0123");
  EXPECT_EQ(read->reference, "debian:12");
}

TEST(ALayersRecord, HoldsAsMuchOfAReferenceAsCanBeRead) {
  auto layer = work;
  layer.reference = std::string(60'000, 'r');
  EXPECT_LT(layer.record().size(), 4096U);
  EXPECT_TRUE(JobLayer::parse(0, layer.record()));
}

TEST(ALayersRecord, IsNoneWhereItSaysAnythingElse) {
  for (const char* text :
       {"", "1\n", "1 1000 1 47\n", "1 1000 1 47\nwork\n", "2 1000 1 47\nwork\ni\nr\n",
        "1 1000 1 47 5\nwork\ni\nr\n", "1 -1 1 47\nwork\ni\nr\n", "1 1000 1 47\n../x\ni\nr\n",
        "1 4294967296 1 47\nwork\ni\nr\n", "1 1000 1 47\nwork\ni\nr\nmore\n"}) {
    EXPECT_FALSE(JobLayer::parse(0, text)) << text;
  }
}

class LayersOnANode : public testing::Test {
 protected:
  LayersOnANode() {
    // The folders above must be root's alone, as RUN_DIR is.
    auto path = std::string("/var/lib/chainer-layers.XXXXXX");
    if (::mkdtemp(path.data()) != nullptr) run_dir_ = path;
  }
  void SetUp() override {
    if (run_dir_.empty()) GTEST_SKIP() << "only root may write where root alone may";
  }
  ~LayersOnANode() override {
    if (!run_dir_.empty()) fs::remove_all(run_dir_);
  }

  void make_layer(std::uint32_t job) const {
    fs::create_directories(layers_folder(run_dir_, job));
    const auto places = KeptMounts::existing(layers_folder(run_dir_, job));
    ASSERT_TRUE(places && *places);
    ASSERT_TRUE((*places)->assign(work.number, work.record()));
    EXPECT_EQ(layers_in(**places).size(), 1U);
  }

  std::string run_dir_;
};

TEST_F(LayersOnANode, AreThoseOfTheirJobs) {
  EXPECT_THAT(jobs_with_layers(run_dir_), ElementsAre());
  make_layer(12);
  make_layer(7);
  fs::create_directories(layers_folder(run_dir_) + "/x");
  EXPECT_THAT(jobs_with_layers(run_dir_), ElementsAre(7, 12));
}

TEST_F(LayersOnANode, GoWithTheirJobAndNoOther) {
  make_layer(7);
  make_layer(12);
  EXPECT_TRUE(remove_layers(run_dir_, 7));
  EXPECT_THAT(jobs_with_layers(run_dir_), ElementsAre(12));
  EXPECT_FALSE(fs::exists(layers_folder(run_dir_, 7)));
}

TEST_F(LayersOnANode, MayBeNone) { EXPECT_TRUE(remove_layers(run_dir_, 7)); }

}  // namespace
}  // namespace chainer::job_layers_test
