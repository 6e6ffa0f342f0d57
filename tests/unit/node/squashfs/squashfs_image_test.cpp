#include "node/squashfs/squashfs_image.hpp"

#include <fstream>
#include <iterator>

#include "tests/unit/node/layer_fixture.hpp"
#include "tests/unit/node/tar_text.hpp"

namespace chainer::squashfs_image_test {
namespace {

TEST(SquashfsImage, KeepsEveryKindOfFile) {
  TarText tar;
  tar.directory("d", 0700)
      .file("d/f", "text", 04755)
      .symlink("s", "d/f")
      .fifo("p")
      .character_device("null");
  EXPECT_EQ(merged({tar.text()}), (Listing{{"d", "d 700 7:8"},
                                           {"d/f", "f 4755 7:8 [text]"},
                                           {"s", "l d/f"},
                                           {"p", "p"},
                                           {"null", "c 1:3"}}));
}

TEST(SquashfsImage, UpperLayersReplaceAndWhiteOut) {
  TarText base;
  base.directory("d")
      .file("d/kept", "1")
      .file("d/replaced", "1")
      .file("d/deleted", "1")
      .file("gone", "1");
  TarText upper;
  upper.file("d/replaced", "2").whiteout("d/", "deleted").whiteout("", "gone").file("d/new", "2");
  EXPECT_EQ(merged({base.text(), upper.text()}), (Listing{{"d", "d 755 7:8"},
                                                          {"d/kept", "f 644 7:8 [1]"},
                                                          {"d/replaced", "f 644 7:8 [2]"},
                                                          {"d/new", "f 644 7:8 [2]"}}));
}

TEST(SquashfsImage, AnOpaqueDirectoryShowsOnlyItsOwnLayerAndAbove) {
  TarText base;
  base.directory("d").file("d/old", "1").directory("d/sub").file("d/sub/old", "1");
  TarText middle;
  middle.directory("d", 0750).file("d/mine", "2").file("d/.wh..wh..opq", "");
  TarText top;
  top.file("d/top", "3");
  EXPECT_EQ(merged({base.text(), middle.text(), top.text()}),
            (Listing{{"d", "d 750 7:8"}, {"d/mine", "f 644 7:8 [2]"}, {"d/top", "f 644 7:8 [3]"}}));
}

TEST(SquashfsImage, ADirectoryThatComesBackShowsNothingOfBefore) {
  TarText base;
  base.directory("a").file("a/x", "1");
  TarText file;
  file.file("a", "2");
  TarText directory;
  directory.directory("a").file("a/y", "3");
  EXPECT_EQ(merged({base.text(), file.text(), directory.text()}),
            (Listing{{"a", "d 755 7:8"}, {"a/y", "f 644 7:8 [3]"}}));
  EXPECT_EQ(merged({base.text(), file.text()}), (Listing{{"a", "f 644 7:8 [2]"}}));
}

TEST(SquashfsImage, AWhiteoutAndAFileOfOneNameLeaveTheFile) {
  TarText base;
  base.directory("a").file("a/x", "1");
  TarText upper;
  upper.directory("a").file("a/y", "2").whiteout("", "a");
  EXPECT_EQ(merged({base.text(), upper.text()}),
            (Listing{{"a", "d 755 7:8"}, {"a/y", "f 644 7:8 [2]"}}));
}

TEST(SquashfsImage, ShowsNothingOfWhatAufsKeptForItself) {
  TarText tar;
  tar.file(".wh..wh.aufs", "")
      .directory(".wh..wh.orph")
      .directory(".wh..wh.plnk")
      .file(".wh..wh.plnk/1.2", "text")
      .hard_link("a", "./.wh..wh.plnk/1.2")
      .hard_link("b", "a")
      .directory("d")
      .file("d/.wh..wh.plnk/3.4", "")
      .hard_link("d/.wh..wh.plnk/5.6", "a");
  const auto list = merged({tar.text()});
  EXPECT_EQ(list, (Listing{{"a", list.at("b")}, {"b", list.at("b")}, {"d", "d 755 7:8"}}));
  EXPECT_TRUE(list.at("b").starts_with("f 644 7:8 [text]")) << list.at("b");
  EXPECT_TRUE(list.at("b").ends_with(" x2")) << list.at("b");
}

TEST(SquashfsImage, HardLinksShareOneInode) {
  TarText tar;
  tar.file("a", "text").hard_link("b", "a").hard_link("c", "./b");
  const auto list = merged({tar.text()});
  EXPECT_EQ(list.at("a"), list.at("b"));
  EXPECT_EQ(list.at("a"), list.at("c"));
  EXPECT_TRUE(list.at("a").ends_with(" x3")) << list.at("a");
}

TEST(SquashfsImage, AHardLinkReachesALowerLayersFile) {
  TarText base;
  base.file("a", "text");
  TarText upper;
  upper.hard_link("b", "a");
  const auto list = merged({base.text(), upper.text()});
  EXPECT_EQ(list.at("a"), list.at("b"));
  EXPECT_TRUE(list.at("b").ends_with(" x2")) << list.at("b");
}

TEST(SquashfsImage, AHardLinkShowsAFileWhoseNameIsHidden) {
  TarText base;
  base.file("a", "lower").hard_link("b", "a");
  TarText upper;
  upper.whiteout("", "a");
  EXPECT_EQ(merged({base.text(), upper.text()}), (Listing{{"b", "f 644 7:8 [lower]"}}));

  TarText replaced;
  replaced.file("a", "upper");
  EXPECT_EQ(merged({base.text(), replaced.text()}),
            (Listing{{"a", "f 644 7:8 [upper]"}, {"b", "f 644 7:8 [lower]"}}));
}

TEST(SquashfsImage, AHardLinkToALowerFileOutlivesItsName) {
  TarText base;
  base.file("a", "lower");
  TarText middle;
  middle.hard_link("b", "a").hard_link("c", "b");
  TarText top;
  top.whiteout("", "a").whiteout("", "b");
  EXPECT_EQ(merged({base.text(), middle.text(), top.text()}),
            (Listing{{"c", "f 644 7:8 [lower]"}}));
}

TEST(SquashfsImage, LoopsOfHardLinksEnd) {
  TarText tar;
  tar.hard_link("a", "b").hard_link("b", "c").hard_link("c", "a");
  EXPECT_EQ(refusal({tar.text()}), "a layer has a hard link to 'b', which no layer below it has");
  TarText self;
  self.hard_link("a", "a");
  EXPECT_EQ(merged({self.text()}), Listing{});
}

TEST(SquashfsImage, PathsCannotLeaveTheRoot) {
  TarText tar;
  tar.file("/etc/../../../etc/passwd", "x").file("./a//b/../c", "y").hard_link("h", "../../a/c");
  const auto list = merged({tar.text()});
  EXPECT_EQ(list.at("etc/passwd"), "f 644 7:8 [x]");
  EXPECT_EQ(list.at("a/c"), list.at("h"));
  EXPECT_FALSE(list.contains("a/b"));
}

TEST(SquashfsImage, ASymlinkOfTheSameLayerLeadsInsideTheImage) {
  TarText tar;
  tar.directory("usr").directory("usr/lib").symlink("lib", "/../usr/lib").file("lib/x", "1");
  EXPECT_EQ(merged({tar.text()}).at("usr/lib/x"), "f 644 7:8 [1]");
  TarText loop;
  loop.symlink("a", "b").symlink("b", "a").file("a/x", "1");
  EXPECT_EQ(refusal({loop.text()}), "'a' is a loop of symlinks");
}

TEST(SquashfsImage, TheLaterOfTwoEntriesOfOneNameCounts) {
  TarText tar;
  tar.file("a", "1")
      .file("a", "2")
      .directory("d")
      .file("d/x", "1")
      .file("d", "file")
      .directory("d", 0711);
  EXPECT_EQ(merged({tar.text()}), (Listing{{"a", "f 644 7:8 [2]"}, {"d", "d 711 7:8"}}));
}

TEST(SquashfsImage, AnEntryWithoutANameIsPassedBy) {
  TarText tar;
  tar.file("", "0").directory("").file("a", "1").directory("", 0700);
  EXPECT_EQ(merged({tar.text()}), (Listing{{"a", "f 644 7:8 [1]"}}));
}

TEST(SquashfsImage, LongNamesArrive) {
  const std::string name = std::string(200, 'n') + "/" + std::string(240, 'm');
  TarText tar;
  tar.pax("path=" + name).file("short", "x");
  EXPECT_EQ(merged({tar.text()}).at(name), "f 644 7:8 [x]");
  TarText over;
  over.pax("path=" + std::string(256, 'n')).file("short", "x");
  EXPECT_EQ(refusal({over.text()}), "a name of 256 bytes is too long");
}

TEST(SquashfsImage, NamesThatAreNotEnglishArrive) {
  TarText tar;
  tar.pax("path=d/\xc3\xa4\xe6\xbc\xa2").file("short", "x").file("raw\xff", "y");
  const auto list = merged({tar.text()});
  EXPECT_TRUE(list.contains("d/\xc3\xa4\xe6\xbc\xa2"));
  EXPECT_TRUE(list.contains("raw\xff"));
}

TEST(SquashfsImage, LargeFilesAndHolesArriveWhole) {
  std::string large(3'000'001, 'x');
  for (std::size_t i = 0; i < large.size(); i += 7) large[i] = static_cast<char>(i * 31 >> 3);
  const std::string hole(1'000'000, '\0');
  TarText tar;
  tar.file("large", large).file("hole", hole).file("empty", "").file("same", large);
  const auto list = merged({tar.text()});
  EXPECT_TRUE(list.at("large") == "f 644 7:8 [" + large + "]");
  EXPECT_TRUE(list.at("same") == list.at("large"));
  EXPECT_TRUE(list.at("hole") == "f 644 7:8 [" + hole + "]");
  EXPECT_EQ(list.at("empty"), "f 644 7:8 []");
}

TEST(SquashfsImage, EqualLayersGiveEqualBytes) {
  std::string large(1'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); i += 5) large[i] = static_cast<char>(i * 37 >> 2);
  TarText tar;
  for (std::size_t i = 0; i < 50; ++i)
    tar.file("f" + std::to_string(i), large.substr(0, 20'000 * i));
  const TemporaryFile one;
  const TemporaryFile two;
  const auto size = convert({tar.text()}, one.fd());
  ASSERT_TRUE(size);
  ASSERT_TRUE(convert({tar.text()}, two.fd()));
  std::string a(*size, '\0');
  std::string b(*size, '\0');
  ASSERT_EQ(::pread(one.fd(), a.data(), a.size(), 0), static_cast<ssize_t>(*size));
  ASSERT_EQ(::pread(two.fd(), b.data(), b.size(), 0), static_cast<ssize_t>(*size));
  EXPECT_TRUE(a == b);
}

TEST(SquashfsImage, BrokenArchivesAreRefused) {
  TarText cut;
  cut.header("a", '0', 0644, 5000);
  EXPECT_TRUE(
      refusal({cut.cut_text() + "short"}).starts_with("the layer is no sound tar archive: "));
  EXPECT_TRUE(refusal({std::string(2048, 'z')}).starts_with("the layer is no sound tar archive: "));
  TarText below;
  below.file("a", "1").file("a/b", "2");
  EXPECT_EQ(refusal({below.text()}), "'b' lies below 'a', which is no directory");
  TarText link;
  link.directory("d").hard_link("l", "d");
  EXPECT_EQ(refusal({link.text()}), "the layer has a hard link 'l' to a directory");
}

TEST(SquashfsImage, AnEmptyLayerIsALayer) {
  EXPECT_EQ(merged({"", std::string(1024, '\0')}), Listing{});
}

TEST(SquashfsImage, StopsAtItsLimits) {
  TarText large;
  large.file("a", std::string(3000, 'x'));
  EXPECT_EQ(refusal({large.text()}, {2999, 100, {}}),
            "the image's files are too large for this store");
  TarText many;
  for (int i = 0; i < 11; ++i) many.file("f" + std::to_string(i), "");
  EXPECT_EQ(refusal({many.text()}, {1 << 20, 10, {}}), "the image has too many files");
  EXPECT_EQ(
      refusal({large.text()}, {1 << 20, 100,
                               [](std::uint64_t) -> Result<void> {
                                 return Error{"the store is full", "", ENOSPC, Fault::try_again};
                               }}),
      "the store is full");
}

TEST(SquashfsImage, MountPointsAreMadeWhereTheImageHasNone) {
  TarText tar;
  tar.directory("etc")
      .symlink("etc/resolv.conf", "/run/x")
      .symlink("opt", "var/opt")
      .directory("tmp", 0700);
  const TemporaryFile file;
  auto image = squashfs::SquashfsImage::create(file.fd(), {1 << 20, 1000, {}});
  ASSERT_TRUE(image);
  ASSERT_TRUE(image->add_layer([&]() -> Result<std::unique_ptr<archive::ByteSource>> {
    return {std::make_unique<TextSource>(tar.text())};
  }));
  ASSERT_TRUE(image->ensure_directory("/tmp", 01777));
  ASSERT_TRUE(image->ensure_directory("/proc", 0755));
  ASSERT_TRUE(image->ensure_file("/etc/resolv.conf"));
  ASSERT_TRUE(image->ensure_file("/etc/passwd"));
  ASSERT_TRUE(image->put_file("/opt/chainer/image.conf", "digest"));
  ASSERT_TRUE(image->finish());
  EXPECT_EQ(SquashfsListing(file.path()).lines(),
            (Listing{{"etc", "d 755 7:8"},
                     {"etc/passwd", "f 644 0:0 []"},
                     {"etc/resolv.conf", "l /run/x"},
                     {"opt", "l var/opt"},
                     {"proc", "d 755 0:0"},
                     {"tmp", "d 700 7:8"},
                     {"var", "d 755 0:0"},
                     {"var/opt", "d 755 0:0"},
                     {"var/opt/chainer", "d 755 0:0"},
                     {"var/opt/chainer/image.conf", "f 644 0:0 [digest]"}}));
}

/// Whether a squashfs holds the file's text as it is, not compressed.
bool is_stored_as_it_is(const std::string& text, const std::string& name) {
  TarText tar;
  tar.file("usr/lib/" + name, text);
  const TemporaryFile file;
  EXPECT_TRUE(convert({tar.text()}, file.fd()));
  std::ifstream stream(file.path(), std::ios::binary);
  const std::string squashfs{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_EQ(SquashfsListing(file.path()).lines().at("usr/lib/" + name), "f 644 7:8 [" + text + "]");
  return squashfs.find(text) != std::string::npos;
}

TEST(SquashfsImage, WhatEveryStartMapsIsReadAsItIs) {
  std::string text;
  for (int i = 0; text.size() < 300'000; ++i) text += "easy to compress " + std::to_string(i % 100);
  for (const auto* name : {"libc.so.6", "libc-2.31.so", "ld-linux-x86-64.so.2",
                           "ld-musl-x86_64.so.1", "ld.so.cache"}) {
    EXPECT_TRUE(is_stored_as_it_is(text, name)) << name;
  }
  for (const auto* name : {"libm.so.6", "ld-notes.txt", "true"}) {
    EXPECT_FALSE(is_stored_as_it_is(text, name)) << name;
  }
}

TEST(SquashfsImage, NoFileSharesABlockWithOthers) {
  TarText tar;
  tar.file("a", "text").file("b", "other text");
  const TemporaryFile file;
  ASSERT_TRUE(convert({tar.text()}, file.fd()));
  constexpr off_t fragment_count = 16;  // in the superblock, little endian
  std::uint32_t fragments = 1;
  ASSERT_EQ(::pread(file.fd(), &fragments, sizeof fragments, fragment_count),
            ssize_t{sizeof fragments});
  EXPECT_EQ(fragments, 0u);
}

}  // namespace
}  // namespace chainer::squashfs_image_test
