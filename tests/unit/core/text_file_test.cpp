#include "core/text_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace chainer::text_file_test {
namespace {

class TextFile : public testing::Test {
 protected:
  TextFile() {
    char folder[] = "/tmp/text-file-XXXXXX";
    path_ = std::string(::mkdtemp(folder)) + "/file";
  }
  ~TextFile() override {
    ::unlink(path_.c_str());
    ::rmdir(path_.substr(0, path_.rfind('/')).c_str());
  }

  std::string path_;
};

TEST_F(TextFile, IsReadAsItIs) {
  const std::string bytes("\xff\xfe\0\r\n", 5);
  ASSERT_TRUE(write_new_file(path_, bytes));
  EXPECT_EQ(*read_file(path_, bytes.size()), bytes);
}

TEST_F(TextFile, IsNotReadWhenItIsLargerThanTheLimit) {
  ASSERT_TRUE(write_new_file(path_, "four"));
  const auto read = read_file(path_, 3);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "cannot read " + path_ + ": File too large");
  EXPECT_EQ(read.error().error_number, EFBIG);
  EXPECT_EQ(read.error().fault, Fault::user);
}

TEST_F(TextFile, IsNamedWhenItIsMissing) {
  const auto read = read_file(path_, 3);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "cannot read " + path_ + ": No such file or directory");
  EXPECT_EQ(read.error().error_number, ENOENT);
}

TEST_F(TextFile, DoesNotKeepTheReaderWaitingWhenItIsAFifo) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(*read_file(path_, 3), "");
}

}  // namespace
}  // namespace chainer::text_file_test
