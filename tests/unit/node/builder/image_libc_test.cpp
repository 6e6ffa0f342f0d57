#include "node/builder/image_libc.hpp"

#include <gtest/gtest.h>

namespace chainer::image_libc_test {
namespace {

TEST(GlibcOfAnImage, IsReadFromWhatItsLoaderSays) {
  EXPECT_EQ(
      builder::glibc_release_in("ld.so (Debian GLIBC 2.36-9+deb12u4) stable release version 2.36.\n"
                                "Copyright (C) 2022 Free Software Foundation, Inc.\n"),
      "2.36");
  EXPECT_EQ(builder::glibc_release_in("glibc 2.17\n"), "2.17");
  EXPECT_EQ(builder::glibc_release_in("ldd (Ubuntu GLIBC 2.23-0ubuntu11.3) 2.23\nCopyright\n"),
            "2.23");
  EXPECT_EQ(builder::glibc_release_in("ldd (GNU libc) 2.34\n"), "2.34");
}

TEST(GlibcOfAnImage, IsNothingThatItDoesNotSay) {
  EXPECT_EQ(builder::glibc_release_in(""), "");
  EXPECT_EQ(builder::glibc_release_in("musl libc (x86_64)\nVersion 1.2.4\n"), "");
  EXPECT_EQ(builder::glibc_release_in("musl libc 1.2\n"), "");
  EXPECT_EQ(builder::glibc_release_in("release twelve\n2.36\n"), "");
}

}  // namespace
}  // namespace chainer::image_libc_test
