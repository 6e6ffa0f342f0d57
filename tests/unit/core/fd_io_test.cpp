#include "core/fd_io.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "core/pipe.hpp"

namespace chainer::fd_io_test {
namespace {

/// Handles SIGUSR1, which then ends a system call that waits, for the length of a test.
class AnInterruptingSignal {
 public:
  AnInterruptingSignal() {
    struct sigaction action {};
    action.sa_handler = [](int) { ++count; };
    ::sigaction(SIGUSR1, &action, &old_);
    count = 0;
  }
  ~AnInterruptingSignal() { ::sigaction(SIGUSR1, &old_, nullptr); }

  static inline std::atomic<int> count{0};

 private:
  struct sigaction old_ {};
};

TEST(ReadSome, WaitsOnThroughASignal) {
  const AnInterruptingSignal signal;
  const auto pipe = Pipe::create();
  const auto reader = ::pthread_self();
  std::thread other([&] {
    while (AnInterruptingSignal::count < 3) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      ::pthread_kill(reader, SIGUSR1);
    }
    static_cast<void>(write_all(pipe->write_end.get(), "late").has_value());
  });
  std::array<char, 16> bytes{};
  EXPECT_EQ(read_some(pipe->read_end.get(), bytes.data(), bytes.size()), 4);
  other.join();
  EXPECT_EQ(std::string(bytes.data()), "late");
}

TEST(ReadSome, GivesZeroAtTheEndAndErrnoForWhatCannotBeRead) {
  auto pipe = Pipe::create();
  pipe->write_end.reset();
  char byte = 0;
  EXPECT_EQ(read_some(pipe->read_end.get(), &byte, 1), 0);
  EXPECT_EQ(read_some(-1, &byte, 1), -1);
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace chainer::fd_io_test
