#include "node/save/tree_stream.hpp"

#include <gtest/gtest.h>

#include "node/archive/tar_reader.hpp"
#include "node/archive/tar_writer.hpp"

namespace chainer::tree_stream_test {
namespace {

/// A tree of which one file is read, and the next one not.
class BrokenTree : public archive::RootTree {
 public:
  Result<void> write_tar(const archive::Sink& sink) override {
    TRY_ASSIGN(auto tar, archive::TarWriter::start(sink));
    archive::TarEntry entry;
    entry.path = "a";
    entry.size = 1;
    TRY(tar.add(entry));
    TRY(tar.append("a"));
    return Error{"cannot read b: Input/output error"};
  }
  std::optional<std::string> small_file(const std::string&, std::size_t) override { return {}; }
  Result<archive::TreeStamp> stamp() override { return archive::TreeStamp{}; }
  std::string remark() const override { return {}; }
};

TEST(TheStreamOfATree, ThatCannotBeReadIsNoShorterTree) {
  BrokenTree tree;
  auto stream = save::TreeStream::start(tree, [](std::size_t) {});
  ASSERT_TRUE(stream);
  auto tar = archive::TarReader::open(**stream);
  while (tar) {
    const auto entry = tar->next();
    if (!entry) {
      EXPECT_EQ(entry.error().what, "cannot read b: Input/output error");
      return;
    }
    ASSERT_TRUE(*entry) << "it ended as if it were whole";
  }
  EXPECT_EQ(tar.error().what, "cannot read b: Input/output error");
}

}  // namespace
}  // namespace chainer::tree_stream_test
