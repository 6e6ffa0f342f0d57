#include "node/source/tree_notes.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "node/wire/blob_hash.hpp"

namespace chainer::tree_notes_test {
namespace {

namespace fs = std::filesystem;

class TreeNotesTest : public testing::Test {
 protected:
  ~TreeNotesTest() override { fs::remove_all(folder_); }

  static fs::path new_folder() {
    auto path = (fs::path(testing::TempDir()) / "notes.XXXXXX").string();
    return ::mkdtemp(path.data());
  }

  const fs::path folder_ = new_folder();
  source::TreeNotes notes_{(folder_ / "inner").string()};
  const std::string text_ = R"({"rootfs":{}})";
  const Digest digest_ = wire::BlobHash::of(text_);
};

TEST_F(TreeNotesTest, GiveBackWhatWasKept) {
  EXPECT_EQ(notes_.document(digest_), std::nullopt);
  notes_.keep_document(digest_, text_);
  EXPECT_EQ(notes_.document(digest_), text_);
  EXPECT_EQ(notes_.digest_of({"a tree", true}), std::nullopt);
  notes_.keep_digest({"a tree", true}, digest_);
  EXPECT_EQ(notes_.digest_of({"a tree", true}), digest_);
  EXPECT_EQ(notes_.digest_of({"another", true}), std::nullopt);
}

TEST_F(TreeNotesTest, KeepNothingOfATreeThatWasChangedJustNow) {
  notes_.keep_digest({"a tree", false}, digest_);
  EXPECT_EQ(notes_.digest_of({"a tree", true}), std::nullopt);
}

TEST_F(TreeNotesTest, BelieveNoDocumentWithAnotherDigest) {
  notes_.keep_document(digest_, text_);
  std::ofstream(folder_ / "inner" / digest_.hex()) << "{}";
  EXPECT_EQ(notes_.document(digest_), std::nullopt);
}

TEST_F(TreeNotesTest, GoWhenNobodyHasUsedThemForLong) {
  notes_.keep_document(digest_, text_);
  const auto note = folder_ / "inner" / digest_.hex();
  fs::last_write_time(note, fs::file_time_type::clock::now() - std::chrono::hours(24 * 90));
  notes_.keep_digest({"a tree", true}, digest_);
  EXPECT_FALSE(fs::exists(note));
}

TEST_F(TreeNotesTest, WithoutAFolderKeepNothing) {
  const source::TreeNotes none("");
  none.keep_document(digest_, text_);
  EXPECT_EQ(none.document(digest_), std::nullopt);
}

}  // namespace
}  // namespace chainer::tree_notes_test
