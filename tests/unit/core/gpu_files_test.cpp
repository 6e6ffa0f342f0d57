#include "core/gpu_files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer::gpu_files_test {
namespace {

using Kind = GpuFile::Kind;

std::string message(const std::string& text) {
  const auto list = parse_gpu_files(text, "/etc/chainer/gpu-files");
  return list ? "ok" : list.error().what;
}

/// What is wrong with a single line.
std::string wrong(const std::string& line) {
  const std::string place = "/etc/chainer/gpu-files:1: ";
  const auto said = message(line + "\n");
  return said.starts_with(place) ? said.substr(place.size()) : said;
}

TEST(GpuFiles, ReadsDriverLibrariesToolsAndRemarks) {
  const auto list = parse_gpu_files(
      "# from somewhere\ndriver 535.104.05\n\n"
      "library libcuda.so.1 /usr/lib/x86_64-linux-gnu/libcuda.so.535.104.05\n"
      "tool nvidia-smi /opt/a driver/bin/nvidia-smi",
      "f");
  ASSERT_TRUE(list) << list.error().what;
  EXPECT_EQ(
      *list,
      (GpuFiles{"535.104.05",
                {{Kind::library, "libcuda.so.1", "/usr/lib/x86_64-linux-gnu/libcuda.so.535.104.05"},
                 {Kind::tool, "nvidia-smi", "/opt/a driver/bin/nvidia-smi"}}}));
  EXPECT_EQ(*parse_gpu_files("", "f"), GpuFiles());
}

TEST(GpuFiles, NamesTheLineThatIsWrongAndSaysWhoseMoveItIs) {
  const auto list = parse_gpu_files("# one\ndriver 1.2\nlibrary x\n", "/etc/chainer/gpu-files");
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().what, "/etc/chainer/gpu-files:3: '' is not a plain absolute path");
  EXPECT_EQ(list.error().hint,
            "an administrator must write it anew: chainer-node gpu-files --write");
  EXPECT_EQ(list.error().fault, Fault::node);
}

TEST(GpuFiles, RefusesPathsThatLeadElsewhereThanTheySay) {
  for (const auto* path : {"lib/libcuda.so", "/usr/../etc/shadow", "/usr/./lib/x", "/a:/b",
                           "/usr/lib/", "/", "/a\tb", "/a\x7f", "/..", "/usr/lib/libcuda.so\r"}) {
    EXPECT_EQ(wrong(std::string("library libcuda.so.1 ") + path),
              "'" + std::string(path) + "' is not a plain absolute path");
  }
  EXPECT_EQ(wrong("library libcuda.so.1 /" + std::string(4095, 'a')),
            "'/" + std::string(79, 'a') + "…' is not a plain absolute path");
}

TEST(GpuFiles, RefusesNamesThatAreMoreThanAName) {
  for (const auto* name : {"", "..", ".hidden", "-o", "a/b", "a:b", "a\tb", "caf\xc3\xa9"})
    EXPECT_EQ(wrong(std::string("tool ") + name + " /usr/bin/x"),
              "'" + std::string(name) + "' is not the name of a file");
  EXPECT_EQ(wrong("tool " + std::string(255, 'a') + " /usr/bin/x"), "ok");
  EXPECT_EQ(wrong("tool " + std::string(256, 'a') + " /usr/bin/x"),
            "'" + std::string(80, 'a') + "…' is not the name of a file");
}

TEST(GpuFiles, RefusesWhatIsNoLineOfTheList) {
  EXPECT_EQ(wrong("file a /b"), "'file' is none of driver, library and tool");
  EXPECT_EQ(wrong(" library a /b"), "'' is none of driver, library and tool");
  EXPECT_EQ(wrong("driver"), "'' is not a driver's version");
  EXPECT_EQ(wrong("driver unknown"), "'unknown' is not a driver's version");
  EXPECT_EQ(wrong("# " + std::string(5000, 'x')), "the line is too long");
  EXPECT_EQ(message("driver 1\ndriver 1\n"), "/etc/chainer/gpu-files:2: 'driver' is given twice");
  EXPECT_EQ(message("tool a /b\nlibrary a /b\ntool a /c\n"),
            "/etc/chainer/gpu-files:3: 'a' is given twice");
}

TEST(GpuFiles, RefusesMoreFilesThanAStepCanMount) {
  std::string text;
  for (std::size_t number = 0; number < most_gpu_files; ++number)
    text += "library lib" + std::to_string(number) + ".so /usr/lib/libcuda.so\n";
  EXPECT_EQ(message(text), "ok");
  EXPECT_EQ(message(text + "tool one /more\n"),
            "/etc/chainer/gpu-files:257: there are more than 256 files");
}

RC_GTEST_PROP(GpuFiles, ReadsAnythingWithoutAcceptingWhatItWouldNotWrite, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("library", "tool", "driver", " ", "\n", "/", "/usr/lib/a", "..",
                                    ":", "libcuda.so.1", "1.2", "#", std::string(1, '\0'), "\t"));
  std::string text;
  for (const auto& piece : pieces) text += piece;
  const auto list = parse_gpu_files(text, "f");
  if (list) RC_ASSERT(*parse_gpu_files(gpu_files_text(*list, "again"), "f") == *list);
}

/// A list in a file whose owner and mode matter.
class AGpuFilesFile : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root's own files are read";
    ASSERT_NE(::mkdtemp(folder_), nullptr);
    path_ = std::string(folder_) + "/gpu-files";
    const UniqueFd file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    ASSERT_TRUE(write_all(file.get(), "tool nvidia-smi /usr/bin/nvidia-smi\n"));
    ASSERT_EQ(::fchmod(file.get(), 0644), 0);
  }
  void TearDown() override {
    ::unlink(path_.c_str());
    ::rmdir(folder_);
  }
  std::string loaded() const {
    const auto list = load_gpu_files(path_);
    if (!list) return list.error().what;
    return *list ? std::to_string((*list)->files.size()) + " files" : "none";
  }

  char folder_[32] = "/tmp/gpu-files-test.XXXXXX";
  std::string path_;
};

TEST_F(AGpuFilesFile, IsReadWhereItIsRootsAlone) {
  EXPECT_EQ(loaded(), "1 files");
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  EXPECT_EQ(loaded(), "none");
}

TEST_F(AGpuFilesFile, IsRefusedWhereOthersCanChangeIt) {
  ASSERT_EQ(::chmod(path_.c_str(), 0664), 0);
  EXPECT_EQ(loaded(), path_ + " can be changed by others than root");
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  ASSERT_EQ(::chown(path_.c_str(), 1000, 0), 0);
  EXPECT_EQ(loaded(), path_ + " can be changed by others than root");
}

TEST_F(AGpuFilesFile, IsRefusedWhereOthersCanReplaceIt) {
  ASSERT_EQ(::chmod(folder_, 0777), 0);
  EXPECT_EQ(loaded(), std::string(folder_) + " can be changed by others than root");
}

TEST_F(AGpuFilesFile, IsRefusedWhereItIsNoFile) {
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0644), 0);
  EXPECT_EQ(loaded(), path_ + " is not a regular file");
}

}  // namespace
}  // namespace chainer::gpu_files_test
