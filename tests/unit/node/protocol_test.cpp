#include "node/wire/protocol.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "core/fd_io.hpp"
#include "core/printable.hpp"
#include "core/unique_fd.hpp"
#include "node/wire/frame.hpp"

namespace chainer {
namespace {

struct Pipe {
  Pipe() {
    int fds[2];
    EXPECT_EQ(::pipe(fds), 0);
    in.reset(fds[0]);
    out.reset(fds[1]);
  }
  UniqueFd in;
  UniqueFd out;
};

const Digest key = *Digest::parse_hex(std::string(64, 'c'));

TEST(Frame, ArrivesWithItsStreamAndBytes) {
  Pipe pipe;
  FrameWriter writer(pipe.out.get(), Peer::stores_side);
  ASSERT_TRUE(writer.write(FrameType::data, "bytes", 7));
  ASSERT_TRUE(writer.write(FrameType::end, "", 7));
  pipe.out.reset();
  FrameReader reader(pipe.in.get(), Peer::users_side);
  const auto first = reader.read();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->type, FrameType::data);
  EXPECT_EQ((*first)->stream, 7);
  EXPECT_EQ((*first)->payload, "bytes");
  ASSERT_TRUE(reader.expect());
  const auto end = reader.read();
  EXPECT_TRUE(end && !*end);
}

TEST(Frame, AnEndInTheMiddleIsAnError) {
  Pipe pipe;
  ASSERT_TRUE(write_all(pipe.out.get(), std::string("\x03\0\0\0\x09\0\0\0cut", 11)));
  pipe.out.reset();
  const auto frame = FrameReader(pipe.in.get(), Peer::users_side).read();
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().fault, Fault::try_again);
}

TEST(Frame, ALengthThatLiesIsRefused) {
  Pipe pipe;
  ASSERT_TRUE(write_all(pipe.out.get(), std::string("\x03\0\0\0\xff\xff\xff\xff", 8)));
  EXPECT_FALSE(FrameReader(pipe.in.get(), Peer::users_side).read());
}

TEST(Frame, NonsenseOfTheUsersSideIsNoDefectOfOurs) {
  Pipe pipe;
  ASSERT_TRUE(write_all(pipe.out.get(), std::string("\x03\0\0\0\xff\xff\xff\xff", 8)));
  const auto frame = FrameReader(pipe.in.get(), Peer::users_side).read();
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().what,
            "the user's side of the preparation sent a message of 4294967295 bytes: it broke, or a "
            "program of the job's user took its place");
  EXPECT_EQ(frame.error().hint, "submit again: nothing of what it sent was kept");
  EXPECT_EQ(frame.error().fault, Fault::user);
}

TEST(Messages, NonsenseOfTheStoresSideIsADefectOfOurs) {
  const auto ready = Ready::decode("[]");
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().what, "the store's side of the preparation sent a broken answer");
  EXPECT_EQ(ready.error().fault, Fault::defect);
}

TEST(Frame, APeerThatIsGoneIsAnError) {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.in.reset();
  const auto written = FrameWriter(pipe.out.get(), Peer::stores_side).write(FrameType::data, "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().error_number, EPIPE);
}

TEST(Protocol, MessagesArriveAsTheyWereSent) {
  const auto hello = Hello::decode(Hello{"docker://a/b", Visibility::everyone, "{}"}.encode());
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->reference, "docker://a/b");
  EXPECT_EQ(hello->visibility, Visibility::everyone);
  EXPECT_EQ(hello->request, "{}");

  const auto request = SendRequest::decode(SendRequest{{{key, 5}, {key, std::nullopt}}}.encode());
  ASSERT_TRUE(request);
  ASSERT_EQ(request->blobs.size(), 2U);
  EXPECT_EQ(request->blobs[0].size, 5U);
  EXPECT_FALSE(request->blobs[1].size);

  const auto ready = Ready::decode(Ready{key, {{"convert", 1.5}}, 9, true}.encode());
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->key, key);
  EXPECT_EQ(ready->phases.at(0).seconds, 1.5);
  EXPECT_TRUE(ready->made_here);

  const auto failure = Failure::decode(
      Failure{{"cannot \xff", "do", ENOSPC, Fault::try_again}}.encode(), Peer::users_side);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error.hint, "do");
  EXPECT_EQ(failure->error.error_number, ENOSPC);
  EXPECT_EQ(failure->error.fault, Fault::try_again);
}

TEST(Protocol, WhatIsNotAMessageIsRefused) {
  for (const auto* text : {"", "[]", "{}", "{\"version\":1}", "{\"version\":\"2\"}", "\xff"}) {
    EXPECT_FALSE(Hello::decode(text)) << text;
  }
  EXPECT_FALSE(SendRequest::decode("{\"blobs\":[{\"digest\":\"sha256:1\"}]}"));
  EXPECT_FALSE(Ready::decode("{\"key\":3}"));
  EXPECT_FALSE(Failure::decode("{\"fault\":9}", Peer::users_side));
}

TEST(Messages, AreMadePrintableWhenTheyAreRead) {
  const std::string forged = "a\x1b[2J\nchainer: all is well";
  const auto hello = Hello::decode(Hello{.reference = forged}.encode());
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->reference, "a\\x1b[2J\\nchainer: all is well");
  const auto alive = Alive::decode(Alive{forged}.encode());
  ASSERT_TRUE(alive);
  EXPECT_EQ(alive->doing, "a\\x1b[2J\\nchainer: all is well");
  const auto failure =
      Failure::decode(Failure{{forged, forged, 0, Fault::user}}.encode(), Peer::users_side);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error.what, "a\\x1b[2J\n    chainer: all is well");
  EXPECT_EQ(failure->error.hint, "a\\x1b[2J\\nchainer: all is well");
}

TEST(Messages, AreBoundedWhenTheyAreRead) {
  const std::string longest(largest_frame / 2, 'x');
  EXPECT_LE(Hello::decode(Hello{.reference = longest}.encode())->reference.size(), 300U);
  EXPECT_LE(Alive::decode(Alive{longest}.encode())->doing.size(), 200U);
  EXPECT_LE(Failure::decode(Failure{{longest, longest, 0, Fault::user}}.encode(), Peer::users_side)
                ->error.what.size(),
            longest_printable);
}

TEST(Messages, AnErrnoThatNoKernelGivesIsNone) {
  const auto failure =
      Failure::decode(R"({"what":"x","errno":18446744073709551615,"fault":0})", Peer::users_side);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error.error_number, 0);
}

}  // namespace
}  // namespace chainer
