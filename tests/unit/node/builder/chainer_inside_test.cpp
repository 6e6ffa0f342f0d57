#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "core/unique_fd.hpp"
#include "node/builder/image_exec.hpp"

// These tests run the real, static chainer-inside at the other end of a socketpair.
namespace chainer::chainer_inside_test {
namespace {

using builder::exec_protocol::Request;

class ChainerInside : public testing::Test {
 protected:
  void SetUp() override {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    ours_ = UniqueFd(fds[0]);
    const UniqueFd theirs(fds[1]);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(theirs.get(), 3);
      ::execl(CHAINER_INSIDE, CHAINER_INSIDE, nullptr);
      ::_exit(127);
    }
  }

  void TearDown() override {
    ours_.reset();
    if (pid_ > 0) {
      EXPECT_EQ(ended(), 0);
    }
  }

  /// chainer-inside's exit status, once it has ended.
  int ended() {
    int status = -1;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return status;
  }

  builder::ImageExec open() {
    auto exec = builder::ImageExec::open(ours_.get());
    EXPECT_TRUE(exec) << exec.error().what;
    return std::move(*exec);
  }

  Result<builder::ProgramOutput> shell(const std::string& script,
                                       std::vector<std::string> environment = {}) {
    return open().run(Request{{"/bin/sh", "-c", script}, std::move(environment)}, [](auto) {});
  }

  /// Sends bytes as they stand and reads the errno of the reply.
  int refused(const std::string& packet) {
    EXPECT_EQ(::send(ours_.get(), packet.data(), packet.size(), 0),
              static_cast<ssize_t>(packet.size()));
    builder::exec_protocol::Reply reply{};
    EXPECT_EQ(::recv(ours_.get(), &reply, sizeof reply, 0), static_cast<ssize_t>(sizeof reply));
    return reply.error_number;
  }

  UniqueFd ours_;
  pid_t pid_{-1};
};

TEST_F(ChainerInside, TellsTheExitStatus) {
  const auto output = shell("exit 7");
  ASSERT_TRUE(output);
  EXPECT_EQ(output->ending(), "ended with exit code 7");
  EXPECT_FALSE(output->succeeded());
}

TEST_F(ChainerInside, TellsTheSignalThatKilledTheProgram) {
  const auto output = shell("kill -SEGV $$");
  ASSERT_TRUE(output);
  EXPECT_EQ(output->ending(), "was killed by signal 11 (Segmentation fault)");
}

TEST_F(ChainerInside, KeepsStdoutAndStderrApart) {
  const auto output = shell("echo out; echo err >&2");
  ASSERT_TRUE(output);
  EXPECT_EQ(output->out, "out\n");
  EXPECT_EQ(output->err, "err\n");
}

TEST_F(ChainerInside, GivesTheProgramExactlyTheAskedEnvironment) {
  auto exec = open();
  const auto output =
      exec.run({{"/usr/bin/env", "-0"}, {"A=1", "B=two\nlines", "C="}}, [](auto) {});
  ASSERT_TRUE(output);
  EXPECT_EQ(output->out, std::string("A=1\0B=two\nlines\0C=\0", 19));
}

TEST_F(ChainerInside, GivesTheProgramNoInputAndNoOtherDescriptor) {
  const auto output = shell("cat; ls /proc/self/fd");
  ASSERT_TRUE(output);
  EXPECT_EQ(output->out, "0\n1\n2\n3\n") << "3 is ls reading the folder";
}

TEST_F(ChainerInside, ServesOneRequestAfterTheOther) {
  auto exec = open();
  for (const std::string word : {"one", "", "three"}) {
    const auto output = exec.run({{"/bin/echo", word}, {}}, [](auto) {});
    ASSERT_TRUE(output);
    EXPECT_EQ(output->out, word + "\n");
  }
}

TEST_F(ChainerInside, TakesArgumentsOfAHundredKibibytes) {
  const std::string large(100 * 1024, 'x');
  auto exec = open();
  const auto output = exec.run({{"/bin/echo", large}, {}}, [](auto) {});
  ASSERT_TRUE(output) << output.error().what;
  EXPECT_EQ(output->out, large + "\n");
}

TEST_F(ChainerInside, SaysThatAnEnvironmentIsTooLarge) {
  auto exec = open();
  const std::string large(2 * builder::exec_protocol::largest_packet, 'x');
  for (const auto size : {large.size() / 8, large.size()}) {  // for execve, and for a packet
    const auto output = exec.run({{"/bin/true"}, {"A=" + large.substr(0, size)}}, [](auto) {});
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().what, "the job's environment is too large to build in");
    EXPECT_EQ(output.error().fault, Fault::user);
  }
}

TEST_F(ChainerInside, SaysWhyAProgramCannotBeStarted) {
  auto exec = open();
  const auto output = exec.run({{"/no/such/program"}, {}}, [](auto) {});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().what,
            "cannot run /no/such/program inside the image: No such file or directory");
}

TEST_F(ChainerInside, EndsTheWholeProcessGroupAtTheEndOfTheStream) {
  open();
  const std::string script = "sleep 1000 & echo $!; wait";
  int out[2];
  ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
  const UniqueFd reader(out[0]);
  UniqueFd writer(out[1]);
  auto packet = builder::exec_protocol::encode({{"/bin/sh", "-c", script}, {}});

  const int fds[2] = {writer.get(), writer.get()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fds)] = {};
  iovec bytes{packet.data(), packet.size()};
  msghdr message{nullptr, 0, &bytes, 1, control, sizeof control, 0};
  auto* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof fds);
  std::memcpy(CMSG_DATA(part), fds, sizeof fds);
  ASSERT_GT(::sendmsg(ours_.get(), &message, 0), 0);
  writer.reset();

  char line[32] = {};
  ASSERT_GT(::read(reader.get(), line, sizeof line - 1), 0);  // the sleep is running now
  ours_.reset();
  EXPECT_EQ(ended(), 0);
  // The pipe ends only when its last holder, the sleep, is gone.
  EXPECT_EQ(::read(reader.get(), line, sizeof line), 0);
}

TEST_F(ChainerInside, EndsAtSigterm) {
  open();
  ASSERT_EQ(::kill(pid_, SIGTERM), 0);
  EXPECT_EQ(ended(), 0);
}

TEST_F(ChainerInside, LeavesNothingBehindThatAProgramStarted) {
  // The sleep holds the pipe that run reads to its end: we get here only since it was killed.
  const auto output = shell("sleep 1000 & echo started");
  ASSERT_TRUE(output);
  EXPECT_EQ(output->out, "started\n");
}

TEST_F(ChainerInside, RefusesMalformedPacketsAndServesOn) {
  auto exec = open();
  const auto good = builder::exec_protocol::encode({{"/bin/true", "x"}, {"A=1"}});
  auto many = good;
  many[4] = 127;  // argc
  auto wrong_magic = good;
  wrong_magic[0] = 0;
  auto no_arguments = good;
  no_arguments[4] = 0;

  EXPECT_EQ(refused(good), EBADMSG) << "without descriptors";
  EXPECT_EQ(refused("x"), EBADMSG);
  EXPECT_EQ(refused(good + "x"), EBADMSG);
  EXPECT_EQ(refused(good.substr(0, good.size() - 1)), EBADMSG);
  EXPECT_EQ(refused(many), EBADMSG);
  EXPECT_EQ(refused(wrong_magic), EBADMSG);
  EXPECT_EQ(refused(no_arguments), EBADMSG);
  EXPECT_TRUE(exec.run({{"/bin/true"}, {}}, [](auto) {}));
}

TEST(ExecProtocol, ReadsWhatItWrote) {
  const Request request{{"/a", "", "b c"}, {"X=", "Y=1\n2"}};
  const auto read = builder::exec_protocol::decode(builder::exec_protocol::encode(request));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->argv, request.argv);
  EXPECT_EQ(read->environment, request.environment);
}

}  // namespace
}  // namespace chainer::chainer_inside_test
