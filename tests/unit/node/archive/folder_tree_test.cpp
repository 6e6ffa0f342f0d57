#include "node/archive/folder_tree.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "core/child_end.hpp"
#include "node/archive/byte_source.hpp"
#include "node/archive/tar_reader.hpp"

namespace chainer::folder_tree_test {
namespace {

namespace fs = std::filesystem;

class Bytes : public archive::ByteSource {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::string_view> next() override {
    return std::exchange(given_, true) ? std::string_view() : std::string_view(bytes_);
  }

 private:
  std::string bytes_;
  bool given_{false};
};

class FolderTreeTest : public testing::Test {
 protected:
  FolderTreeTest() {
    auto path = (fs::path(testing::TempDir()) / "folder.XXXXXX").string();
    folder_ = ::mkdtemp(path.data());
    fs::permissions(folder_, fs::perms(0755));
  }
  ~FolderTreeTest() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text, mode_t mode = 0644) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    ::chmod((folder_ / name).c_str(), mode);
  }

  static std::string tar_of(archive::FolderTree& tree) {
    std::string bytes;
    const archive::Sink append = [&](std::string_view piece) -> Result<void> {
      bytes += piece;
      return {};
    };
    const auto done = tree.write_tar(append);
    EXPECT_TRUE(done) << done.error().what;
    return bytes;
  }

  /// A line for each entry: name, mode, what it links to, content.
  std::string listing() {
    auto tree = archive::FolderTree::open(folder_.string());
    EXPECT_TRUE(tree);
    Bytes bytes(tar_of(*tree));
    auto tar = archive::TarReader::open(bytes);
    std::string lines;
    while (true) {
      const auto entry = tar->next();
      if (!entry || !*entry) return lines + tree->remark();
      char mode[8];
      std::snprintf(mode, sizeof mode, "%o", (*entry)->attributes.mode);
      lines += (*entry)->path + " " + mode;
      if (!(*entry)->target.empty()) lines += " -> " + (*entry)->target;
      if (!(*entry)->hard_link.empty()) lines += " = " + (*entry)->hard_link;
      while (true) {
        const auto data = tar->next_data();
        if (!data || !*data) break;
        lines += " '" + std::string((*data)->bytes) + "'";
      }
      lines += "\n";
    }
  }

  /// As an ordinary account, which the test itself may not be.
  static int as_nobody(const std::function<bool()>& holds) {
    const pid_t child = ::fork();
    if (child == 0) {
      const bool is_dropped = ::geteuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0);
      ::_exit(is_dropped && holds() ? 0 : 1);
    }
    return wait_for_end(child);
  }

  fs::path folder_;
};

TEST_F(FolderTreeTest, KeepsModesLinksAndNamesInOrder) {
  write("etc/b", "b", 0600);
  write("etc/a", "a", 04755);
  write("bin/tool", "t", 0755);
  fs::create_symlink("/nowhere/else", folder_ / "bin/link");
  fs::create_hard_link(folder_ / "etc/a", folder_ / "etc/c");
  ::mkfifo((folder_ / "etc/fifo").c_str(), 0600);
  EXPECT_EQ(listing(),
            "bin/ 755\nbin/link 777 -> /nowhere/else\nbin/tool 755 't'\netc/ 755\netc/a 4755 'a'\n"
            "etc/b 600 'b'\netc/c 4755 = etc/a\netc/fifo 600\n");
}

TEST_F(FolderTreeTest, GivesTheSameBytesForTheSameContent) {
  write("etc/a", "a");
  auto first = archive::FolderTree::open(folder_.string());
  const auto before = tar_of(*first);
  EXPECT_EQ(before, tar_of(*first));
  write("etc/a", "b");
  EXPECT_NE(before, tar_of(*first));
}

TEST_F(FolderTreeTest, WhatCannotBeReadIsEmptyAndSaid) {
  write("etc/shadow", "secret", 0);
  write("root/key", "secret");
  write("usr/x", "x");
  ::chmod((folder_ / "root").c_str(), 0);
  const auto holds = [&] {
    return listing() ==
           "etc/ 755\netc/shadow 0\nroot/ 0\nusr/ 755\nusr/x 644 'x'\n2 files and folders of " +
               folder_.string() +
               " cannot be read by you and are empty in the image, the first is etc/shadow";
  };
  EXPECT_EQ(as_nobody(holds), 0);
}

TEST_F(FolderTreeTest, AFolderThatCanBeListedAndNotEnteredIsNotTheEnd) {
  write("list/x", "x");
  write("usr/x", "x");
  ::chmod((folder_ / "list").c_str(), 0444);
  const auto holds = [&] {
    return listing() ==
           "list/ 444\nusr/ 755\nusr/x 644 'x'\n1 files and folders of " + folder_.string() +
               " cannot be read by you and are empty in the image, the first is list/x";
  };
  EXPECT_EQ(as_nobody(holds), 0);
}

TEST_F(FolderTreeTest, OfAContainerIsRootsAgainUnlessItIsForItsOwnerAlone) {
  write("etc/open", "", 0644);
  write("etc/closed", "", 0600);
  write("etc/for_the_group", "", 0640);
  write("bin/tool", "", 0755);
  write("bin/own_tool", "", 0744);
  UniqueFd root(::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  auto tree = archive::FolderTree::of_container(std::move(root), "the container",
                                                {::geteuid(), ::getegid()});
  Bytes bytes(tar_of(*tree));
  auto tar = archive::TarReader::open(bytes);
  std::map<std::string, std::uint32_t> owners;
  while (const auto entry = *tar->next()) owners[entry->path] = entry->attributes.uid;
  const auto user = ::geteuid();
  EXPECT_EQ(owners, (std::map<std::string, std::uint32_t>{{"bin/", 0},
                                                          {"bin/own_tool", user},
                                                          {"bin/tool", 0},
                                                          {"etc/", 0},
                                                          {"etc/closed", user},
                                                          {"etc/for_the_group", user},
                                                          {"etc/open", 0}}));
}

TEST_F(FolderTreeTest, OfAContainerIsWithoutTheLinesThatStandInFrontForItsUser) {
  const std::string lines = "ada:x:1000:1000::/:/bin/sh\n";
  write("etc/passwd", lines + "root:x:0:0\nnew:x:9:9\n", 0644);
  write("etc/group", "root:x:0:\nada:x:1000:ada\n", 0644);
  write("etc/short", "ada", 0644);
  UniqueFd root(::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  auto tree = archive::FolderTree::of_container(
      std::move(root), "the container",
      {::geteuid(),
       ::getegid(),
       {{"etc/passwd", lines}, {"etc/group", "ada:x:1000:ada\n"}, {"etc/short", lines}}});
  Bytes bytes(tar_of(*tree));
  auto tar = archive::TarReader::open(bytes);
  std::map<std::string, std::uint64_t> sizes;
  while (const auto entry = *tar->next()) sizes[entry->path] = entry->size;
  EXPECT_EQ(sizes, (std::map<std::string, std::uint64_t>{
                       {"etc/", 0}, {"etc/group", 25}, {"etc/passwd", 21}, {"etc/short", 3}}));
}

TEST_F(FolderTreeTest, FollowsNoLinkForASmallFile) {
  write("etc/a", "a");
  fs::create_symlink("a", folder_ / "etc/link");
  auto tree = archive::FolderTree::open(folder_.string());
  EXPECT_EQ(tree->small_file("etc/a", 1), "a");
  EXPECT_EQ(tree->small_file("etc/a", 0), std::nullopt);
  EXPECT_EQ(tree->small_file("etc/link", 9), std::nullopt);
  EXPECT_EQ(tree->small_file("etc", 9), std::nullopt);
  EXPECT_EQ(tree->small_file("nowhere", 9), std::nullopt);
}

TEST_F(FolderTreeTest, AFolderThatIsNotThereIsThePersonsMistake) {
  const auto tree = archive::FolderTree::open((folder_ / "nowhere").string());
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().fault, Fault::user);
}

}  // namespace
}  // namespace chainer::folder_tree_test
