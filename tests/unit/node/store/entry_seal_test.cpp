#include "node/store/entry_seal.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer::entry_seal_test {
namespace {

UniqueFd sealed(std::size_t size = 10'000) {
  UniqueFd fd(::memfd_create("entry", MFD_CLOEXEC));
  EXPECT_TRUE(write_all(fd.get(), std::string(size, 'x')));
  EXPECT_TRUE(store::seal_entry(fd.get(), 1234));
  return fd;
}

void flip_byte(int fd, off_t at) {
  char byte = 0;
  ASSERT_EQ(::pread(fd, &byte, 1, at), 1);
  byte = static_cast<char>(byte ^ 1);
  ASSERT_EQ(::pwrite(fd, &byte, 1, at), 1);
}

TEST(EntrySeal, SaysWhatItWasSealedWith) {
  const auto fd = sealed();
  const auto seal = store::read_seal(fd.get());
  ASSERT_TRUE(seal) << seal.error().what;
  EXPECT_EQ(seal->content_size, 10'000u);
  EXPECT_EQ(seal->brought_by, 1234u);
  EXPECT_TRUE(store::verify_entry(fd.get()));
}

TEST(EntrySeal, OfAnEmptyOrForeignFileIsNone) {
  const UniqueFd empty(::memfd_create("entry", MFD_CLOEXEC));
  EXPECT_EQ(store::read_seal(empty.get()).error().error_number, EBADMSG);
  ASSERT_TRUE(write_all(empty.get(), std::string(20'000, 'x')));
  EXPECT_EQ(store::read_seal(empty.get()).error().what,
            "the entry is damaged: its last page is not what this release writes");
}

TEST(EntrySeal, AnyFlippedBitIsFound) {
  for (const off_t at : {0, 4096, 9'999}) {
    const auto fd = sealed();
    flip_byte(fd.get(), at);
    EXPECT_TRUE(store::read_seal(fd.get())) << "the seal itself is sound";
    EXPECT_EQ(store::verify_entry(fd.get()).error().what,
              "the entry is damaged: its bytes are not those that were written");
  }
  for (const off_t at : {10'000, 10'008, 10'016, 10'024, 10'040, 10'080}) {
    const auto fd = sealed();
    flip_byte(fd.get(), at);
    EXPECT_EQ(store::read_seal(fd.get()).error().error_number, EBADMSG) << at;
  }
}

TEST(EntrySeal, AFileThatWasCutShortIsFound) {
  for (const off_t size : {14'095, 10'000, 4'096, 100, 0}) {
    const auto fd = sealed();
    ASSERT_EQ(::ftruncate(fd.get(), size), 0);
    EXPECT_EQ(store::read_seal(fd.get()).error().error_number, EBADMSG) << size;
    EXPECT_FALSE(store::verify_entry(fd.get()));
  }
}

}  // namespace
}  // namespace chainer::entry_seal_test
