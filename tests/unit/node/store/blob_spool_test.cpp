#include "node/store/blob_spool.hpp"

#include <gtest/gtest.h>
#include <stdio.h>

#include <thread>

namespace chainer::blob_spool_test {
namespace {

UniqueFd scratch() {
  FILE* file = ::tmpfile();
  UniqueFd fd(::dup(::fileno(file)));
  ::fclose(file);
  return fd;
}

TEST(BlobSpool, AReaderFollowsTheWriter) {
  const std::string text(100'000, 'x');
  store::BlobSpool spool(scratch(), wire::BlobHash::of(text), text.size());
  std::string got;
  std::thread reader([&] {
    std::string buffer(5'000, '\0');
    while (true) {
      const auto count = spool.read(got.size(), buffer);
      if (!count || *count == 0) return;
      got.append(buffer, 0, *count);
    }
  });
  for (std::size_t at = 0; at < text.size(); at += 9'999)
    EXPECT_TRUE(spool.append(text.substr(at, 9'999)));
  EXPECT_TRUE(spool.complete());
  EXPECT_TRUE(spool.wait());
  reader.join();
  EXPECT_TRUE(got == text);
}

TEST(BlobSpool, WrongBytesAreRefused) {
  store::BlobSpool wrong(scratch(), wire::BlobHash::of("right"), 5);
  ASSERT_TRUE(wrong.append("wrong"));
  EXPECT_FALSE(wrong.complete());
  store::BlobSpool longer(scratch(), wire::BlobHash::of("right"), 5);
  EXPECT_FALSE(longer.append("right and more"));
  store::BlobSpool shorter(scratch(), wire::BlobHash::of("right"), 5);
  ASSERT_TRUE(shorter.append("rig"));
  const auto completed = shorter.complete();
  ASSERT_FALSE(completed);
  EXPECT_TRUE(completed.error().what.ends_with("it has 3 of the 5 bytes that the manifest says"));
}

TEST(BlobSpool, AnAbortWakesTheReader) {
  store::BlobSpool spool(scratch(), wire::BlobHash::of("x"), 1);
  std::thread writer([&] { spool.abort({"stopped", ""}); });
  std::string buffer(10, '\0');
  EXPECT_FALSE(spool.read(0, buffer));
  EXPECT_FALSE(spool.wait());
  writer.join();
}

}  // namespace
}  // namespace chainer::blob_spool_test
