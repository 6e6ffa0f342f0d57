#include "node/wire/protocol.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "core/fd_io.hpp"
#include "core/printable.hpp"
#include "core/unique_fd.hpp"
#include "node/wire/frame.hpp"

namespace chainer::protocol_test {
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
  wire::FrameWriter writer(pipe.out.get(), wire::Peer::stores_side);
  ASSERT_TRUE(writer.write(wire::FrameType::data, "bytes", 7));
  ASSERT_TRUE(writer.write(wire::FrameType::end, "", 7));
  pipe.out.reset();
  wire::FrameReader reader(pipe.in.get(), wire::Peer::users_side);
  const auto first = reader.read();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->type, wire::FrameType::data);
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
  const auto frame = wire::FrameReader(pipe.in.get(), wire::Peer::users_side).read();
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().fault, Fault::try_again);
}

TEST(Frame, ALengthThatLiesIsRefused) {
  Pipe pipe;
  ASSERT_TRUE(write_all(pipe.out.get(), std::string("\x03\0\0\0\xff\xff\xff\xff", 8)));
  EXPECT_FALSE(wire::FrameReader(pipe.in.get(), wire::Peer::users_side).read());
}

TEST(Frame, NonsenseOfTheUsersSideIsNoDefectOfOurs) {
  Pipe pipe;
  ASSERT_TRUE(write_all(pipe.out.get(), std::string("\x03\0\0\0\xff\xff\xff\xff", 8)));
  const auto frame = wire::FrameReader(pipe.in.get(), wire::Peer::users_side).read();
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().what,
            "the user's side of the preparation sent a message of 4294967295 bytes: it broke, or a "
            "program of the job's user took its place");
  EXPECT_EQ(frame.error().hint, "submit again: nothing of what it sent was kept");
  EXPECT_EQ(frame.error().fault, Fault::user);
}

TEST(Messages, NonsenseOfTheStoresSideIsADefectOfOurs) {
  const auto ready = wire::Ready::decode("[]");
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().what, "the store's side of the preparation sent a broken answer");
  EXPECT_EQ(ready.error().fault, Fault::defect);
}

TEST(Frame, APeerThatIsGoneIsAnError) {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.in.reset();
  const auto written =
      wire::FrameWriter(pipe.out.get(), wire::Peer::stores_side).write(wire::FrameType::data, "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().error_number, EPIPE);
}

TEST(Protocol, MessagesArriveAsTheyWereSent) {
  const auto hello =
      wire::Hello::decode(wire::Hello{"docker://a/b", wire::Visibility::everyone, "{}"}.encode());
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->reference, "docker://a/b");
  EXPECT_EQ(hello->visibility, wire::Visibility::everyone);
  EXPECT_EQ(hello->request, "{}");
  EXPECT_FALSE(hello->pinned);
  const auto of_a_digest =
      wire::Hello::decode(wire::Hello{.reference = "a", .pinned = key}.encode());
  ASSERT_TRUE(of_a_digest);
  EXPECT_EQ(of_a_digest->pinned, key);

  const auto request =
      wire::SendRequest::decode(wire::SendRequest{{{key, 5}, {key, std::nullopt}}}.encode());
  ASSERT_TRUE(request);
  ASSERT_EQ(request->blobs.size(), 2U);
  EXPECT_EQ(request->blobs[0].size, 5U);
  EXPECT_FALSE(request->blobs[1].size);

  const auto ready =
      wire::Ready::decode(wire::Ready{key, {{{Phase::convert, 1.5, 9}}, true}}.encode());
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->key, key);
  EXPECT_EQ(ready->work.phases.at(0).seconds, 1.5);
  EXPECT_TRUE(ready->work.made_here);

  const auto failure =
      wire::Failure::decode(wire::Failure{{"cannot \xff", "do", ENOSPC, Fault::try_again}}.encode(),
                            wire::Peer::users_side);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error.hint, "do");
  EXPECT_EQ(failure->error.error_number, ENOSPC);
  EXPECT_EQ(failure->error.fault, Fault::try_again);
}

TEST(Protocol, WhatIsNotAMessageIsRefused) {
  for (const auto* text : {"", "[]", "{}", "{\"version\":1}", "{\"version\":\"2\"}", "\xff"}) {
    EXPECT_FALSE(wire::Hello::decode(text)) << text;
  }
  EXPECT_FALSE(wire::SendRequest::decode("{\"blobs\":[{\"digest\":\"sha256:1\"}]}"));
  EXPECT_FALSE(wire::Ready::decode("{\"key\":3}"));
  EXPECT_FALSE(wire::Failure::decode("{\"fault\":9}", wire::Peer::users_side));
}

TEST(Messages, AreMadePrintableWhenTheyAreRead) {
  const std::string forged = "a\x1b[2J\nchainer: all is well";
  const auto hello = wire::Hello::decode(wire::Hello{.reference = forged}.encode());
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->reference, "a\\x1b[2J\\nchainer: all is well");
  const auto alive = wire::Alive::decode(wire::Alive{forged}.encode());
  ASSERT_TRUE(alive);
  EXPECT_EQ(alive->doing, "a\\x1b[2J\\nchainer: all is well");
  const auto failure = wire::Failure::decode(
      wire::Failure{{forged, forged, 0, Fault::user}}.encode(), wire::Peer::users_side);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error.what, "a\\x1b[2J\n    chainer: all is well");
  EXPECT_EQ(failure->error.hint, "a\\x1b[2J\\nchainer: all is well");
}

TEST(Messages, AreBoundedWhenTheyAreRead) {
  const std::string longest(wire::largest_frame / 2, 'x');
  EXPECT_LE(wire::Hello::decode(wire::Hello{.reference = longest}.encode())->reference.size(),
            300U);
  EXPECT_LE(wire::Alive::decode(wire::Alive{longest}.encode())->doing.size(), 200U);
  EXPECT_LE(wire::Failure::decode(wire::Failure{{longest, longest, 0, Fault::user}}.encode(),
                                  wire::Peer::users_side)
                ->error.what.size(),
            longest_printable);
}

TEST(Messages, AnErrnoThatNoKernelGivesIsNone) {
  const auto failure = wire::Failure::decode(
      R"({"what":"x","errno":18446744073709551615,"fault":0})", wire::Peer::users_side);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error.error_number, 0);
}

}  // namespace
}  // namespace chainer::protocol_test
