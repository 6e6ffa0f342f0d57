#include "node/source/tree_notes.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "node/wire/blob_hash.hpp"

namespace chainer::tree_notes_test {
namespace {

namespace fs = std::filesystem;

class TreeNotesTest : public testing::Test {
 protected:
  ~TreeNotesTest() override { fs::remove_all(folder_); }

  /// A file as stat describes it, changed so many seconds ago.
  static struct stat changed(time_t seconds_ago) {
    struct stat file {};
    file.st_ino = 7;
    file.st_size = 100;
    file.st_mtim.tv_sec = file.st_ctim.tv_sec = std::time(nullptr) - seconds_ago;
    return file;
  }

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
  const auto file = changed(60);
  EXPECT_EQ(notes_.digest_of(file), std::nullopt);
  notes_.keep_file(file, digest_);
  EXPECT_EQ(notes_.digest_of(file), digest_);
}

TEST_F(TreeNotesTest, KnowAFileThatHasChangedNoMore) {
  const auto file = changed(60);
  notes_.keep_file(file, digest_);
  for (const auto change :
       {+[](struct stat& f) { f.st_ino++; }, +[](struct stat& f) { f.st_size++; },
        +[](struct stat& f) { f.st_mtim.tv_nsec++; },
        +[](struct stat& f) { f.st_ctim.tv_nsec++; }}) {
    auto other = file;
    change(other);
    EXPECT_EQ(notes_.digest_of(other), std::nullopt);
  }
  auto on_another_node = file;
  on_another_node.st_dev = 99;
  EXPECT_EQ(notes_.digest_of(on_another_node), digest_);
}

TEST_F(TreeNotesTest, KeepNothingOfAFileThatWasChangedJustNow) {
  const auto file = changed(1);
  notes_.keep_file(file, digest_);
  EXPECT_EQ(notes_.digest_of(file), std::nullopt);
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
  notes_.keep_file(changed(60), digest_);
  EXPECT_FALSE(fs::exists(note));
}

TEST_F(TreeNotesTest, WithoutAFolderKeepNothing) {
  const source::TreeNotes none("");
  none.keep_document(digest_, text_);
  EXPECT_EQ(none.document(digest_), std::nullopt);
}

}  // namespace
}  // namespace chainer::tree_notes_test
