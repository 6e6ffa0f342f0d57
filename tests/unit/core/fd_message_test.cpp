#include "core/fd_message.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "core/fd_io.hpp"

namespace chainer::fd_message_test {
namespace {

class AMessage : public testing::Test {
 protected:
  void SetUp() override {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    sender_.reset(pair[0]);
    receiver_.reset(pair[1]);
    ASSERT_EQ(::pipe2(pipe_, O_CLOEXEC), 0);
  }
  void TearDown() override {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  UniqueFd sender_, receiver_;
  int pipe_[2];
};

TEST_F(AMessage, CarriesTextAndDescriptors) {
  const int fds[] = {pipe_[0], pipe_[1]};
  ASSERT_TRUE(send_message(sender_.get(), "both", fds));
  auto message = receive_message(receiver_.get());
  ASSERT_TRUE(message);
  EXPECT_EQ(message->text, "both");
  ASSERT_EQ(message->fds.size(), 2u);
  ASSERT_TRUE(write_all(message->fds[1].get(), "through"));
  message->fds.clear();
  char bytes[7];
  EXPECT_EQ(::read(pipe_[0], bytes, sizeof bytes), 7);
}

TEST_F(AMessage, ArrivesAsItWasSent) {
  ASSERT_TRUE(send_message(sender_.get(), "one", {}));
  ASSERT_TRUE(send_message(sender_.get(), std::string("t\0wo", 4), {}));
  EXPECT_EQ(receive_message(receiver_.get())->text, "one");
  EXPECT_EQ(receive_message(receiver_.get())->text, std::string("t\0wo", 4));
}

TEST_F(AMessage, StaysInTheQueueWhenItIsPeekedAt) {
  const int fds[] = {pipe_[1]};
  ASSERT_TRUE(send_message(sender_.get(), "stays", fds));
  for (int i = 0; i < 3; ++i) {
    const auto copy = peek_message(receiver_.get());
    ASSERT_TRUE(copy);
    EXPECT_EQ(copy->text, "stays");
    EXPECT_NE(::fcntl(copy->fds.at(0).get(), F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(receive_message(receiver_.get())->text, "stays");
  EXPECT_EQ(peek_message(receiver_.get()).error().error_number, EAGAIN);
}

TEST_F(AMessage, IsReadAfterItsSenderIsGone) {
  ASSERT_TRUE(send_message(sender_.get(), "last", {}));
  sender_.reset();
  EXPECT_EQ(receive_message(receiver_.get())->text, "last");
  EXPECT_EQ(receive_message(receiver_.get()).error().error_number, ECONNRESET);
}

TEST_F(AMessage, ToNobodyIsAnErrorAndNoSignal) {
  receiver_.reset();
  EXPECT_EQ(send_message(sender_.get(), "x", {}).error().error_number, EPIPE);
}

TEST_F(AMessage, HasLimits) {
  const std::vector<int> many(most_fds_in_message, pipe_[0]);
  ASSERT_TRUE(send_message(sender_.get(), std::string(longest_message_text, 'x'), many));
  const auto message = receive_message(receiver_.get());
  EXPECT_EQ(message->text.size(), longest_message_text);
  EXPECT_EQ(message->fds.size(), most_fds_in_message);

  const std::vector<int> too_many(most_fds_in_message + 1, pipe_[0]);
  EXPECT_EQ(send_message(sender_.get(), "x", too_many).error().error_number, EMSGSIZE);
  EXPECT_EQ(send_message(sender_.get(), std::string(longest_message_text + 1, 'x'), {})
                .error()
                .error_number,
            EMSGSIZE);
  EXPECT_EQ(send_message(sender_.get(), "", {}).error().error_number, EMSGSIZE);
}

TEST_F(AMessage, LongerThanAgreedIsRefused) {
  const std::string text(longest_message_text + 1, 'x');
  ASSERT_EQ(::send(sender_.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  EXPECT_EQ(receive_message(receiver_.get()).error().error_number, EMSGSIZE);
}

}  // namespace
}  // namespace chainer::fd_message_test
