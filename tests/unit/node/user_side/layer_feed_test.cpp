// A layer as it arrives, and a reader that stops when it likes.
#include "node/user_side/layer_feed.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <array>
#include <functional>

namespace chainer::layer_feed_test {
namespace {

using user_side::LayerFeed;
using namespace std::chrono_literals;

/// A source that does this for every layer.
struct FakeSource : source::ImageSource {
  explicit FakeSource(std::function<Result<void>(source::BlobSink&)> what)
      : send(std::move(what)) {}
  Result<source::ResolvedImage> resolve(const std::optional<Digest>&) override {
    return Error{"it is not asked for that"};
  }
  Result<void> send_blobs(const wire::SendRequest&, source::BlobSink& sink) override {
    return send(sink);
  }
  std::function<Result<void>(source::BlobSink&)> send;
};

const wire::SendRequest::Blob layer{*Digest::parse_hex(std::string(64, '1')), std::nullopt};

class ALayerFeed : public testing::Test {
 protected:
  ALayerFeed() { ::signal(SIGPIPE, SIG_IGN); }

  std::unique_ptr<LayerFeed> feed(FakeSource& source, std::chrono::milliseconds time = 30s) {
    auto started = LayerFeed::start(source, layer, LayerFeed::Clock::now() + time);
    EXPECT_TRUE(started);
    return *std::move(started);
  }
  std::array<char, 100> buffer_{};
};

TEST_F(ALayerFeed, GivesAllThatTheSourceSends) {
  FakeSource source([](source::BlobSink& sink) { return sink.data(0, std::string(250, 'x')); });
  const auto from = feed(source);
  std::size_t got = 0;
  while (const auto some = *from->read(buffer_)) got += some;
  EXPECT_EQ(got, 250U);
  EXPECT_TRUE(from->finish());
  EXPECT_FALSE(from->is_late());
}

TEST_F(ALayerFeed, EndsASourceThatSaysNothingAtItsDeadline) {
  FakeSource source([](source::BlobSink& sink) -> Result<void> {
    pollfd wait{sink.interrupt_fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&wait, 1, 30'000), 1);
    return Error{"it was interrupted", "", ECANCELED};
  });
  const auto from = feed(source, 50ms);
  EXPECT_FALSE(from->read(buffer_));
  EXPECT_TRUE(from->is_late());
  EXPECT_TRUE(from->finish());
}

TEST_F(ALayerFeed, EndsASourceWhoseBytesNobodyWants) {
  FakeSource source([](source::BlobSink& sink) -> Result<void> {
    while (true) {
      if (auto sent = sink.data(0, std::string(4096, 'x')); !sent) return sent;
    }
  });
  const auto from = feed(source);
  EXPECT_TRUE(from->read(buffer_));
  EXPECT_TRUE(from->finish());
}

TEST_F(ALayerFeed, SaysWhyTheSourceFailed) {
  FakeSource source([](source::BlobSink&) -> Result<void> { return Error{"no such layer"}; });
  const auto from = feed(source);
  EXPECT_EQ(*from->read(buffer_), 0U);
  const auto end = from->finish();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().what, "no such layer");
}

TEST_F(ALayerFeed, WakesAReaderThatIsInterrupted) {
  FakeSource source([](source::BlobSink& sink) -> Result<void> {
    pollfd wait{sink.interrupt_fd(), POLLIN, 0};
    ::poll(&wait, 1, 30'000);
    return Error{"it was interrupted", "", ECANCELED};
  });
  const auto from = feed(source);
  std::thread interrupter([&] { from->interrupt(); });
  EXPECT_FALSE(from->read(buffer_));
  interrupter.join();
  EXPECT_FALSE(from->is_late());
}

}  // namespace
}  // namespace chainer::layer_feed_test
