#include "core/pipe.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "core/fd_io.hpp"

namespace chainer::pipe_test {
namespace {

TEST(Pipe, CarriesWhatIsWrittenUntilItsEndIsClosed) {
  auto pipe = Pipe::create();
  ASSERT_TRUE(pipe);
  ASSERT_TRUE(write_all(pipe->write_end.get(), "word"));
  pipe->write_end.reset();
  EXPECT_EQ(*read_all(pipe->read_end.get(), 100), "word");
}

TEST(Pipe, ReachesNoProgramThatIsStarted) {
  const auto pipe = Pipe::create();
  ASSERT_TRUE(pipe);
  EXPECT_EQ(::fcntl(pipe->read_end.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(pipe->write_end.get(), F_GETFD), FD_CLOEXEC);
}

}  // namespace
}  // namespace chainer::pipe_test
