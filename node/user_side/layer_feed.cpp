#include "node/user_side/layer_feed.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/fd_io.hpp"

namespace chainer::user_side {

/// Where the source puts the layer's bytes: into the pipe.
class LayerFeed::Sink : public source::BlobSink {
 public:
  Sink(int pipe, int interrupted) : pipe_(pipe), interrupted_(interrupted) {}

  Result<void> data(std::uint16_t, std::string_view bytes) override {
    return write_all(pipe_, bytes);
  }
  Result<void> end(std::uint16_t) override { return {}; }
  int interrupt_fd() const override { return interrupted_; }

 private:
  int pipe_, interrupted_;
};

Result<std::unique_ptr<LayerFeed>> LayerFeed::start(source::ImageSource& source,
                                                    const wire::SendRequest::Blob& layer,
                                                    Clock::time_point deadline) {
  TRY_ASSIGN(auto pipe, Pipe::create());
  UniqueFd interrupted(::eventfd(0, EFD_CLOEXEC));
  if (!interrupted) return Error::from_errno("cannot make an eventfd", errno);
  std::unique_ptr<LayerFeed> feed(new LayerFeed(std::move(pipe), std::move(interrupted), deadline));
  feed->thread_ = std::thread([self = feed.get(), &source, layer] { self->fetch(source, layer); });
  return feed;
}

void LayerFeed::fetch(source::ImageSource& source, const wire::SendRequest::Blob& layer) {
  Sink sink(pipe_.write_end.get(), interrupted_.get());
  auto sent = source.send_blobs({{layer}}, sink);
  if (!sent) error_ = std::move(sent).error();
  pipe_.write_end.reset();
}

Result<std::size_t> LayerFeed::read(std::span<char> into) {
  using std::chrono::milliseconds;
  std::array<pollfd, 2> fds{pollfd{pipe_.read_end.get(), POLLIN, 0},
                            pollfd{interrupted_.get(), POLLIN, 0}};
  int ready = -1;
  while (ready < 0) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - Clock::now());
    const auto wait = std::max(left, milliseconds(0));
    ready = ::poll(fds.data(), fds.size(), static_cast<int>(wait.count()));
    if (ready < 0 && errno != EINTR) return Error::from_errno("cannot wait for a layer", errno);
  }
  if (fds[1].revents != 0) return Error{"the layer is not wanted any more", "", ECANCELED};
  if (ready == 0) {
    is_late_ = true;
    return Error{"the layer takes too long", "", ETIME, Fault::try_again};
  }
  const auto got = ::read(pipe_.read_end.get(), into.data(), into.size());
  if (got < 0) return Error::from_errno("cannot read a layer", errno);
  return static_cast<std::size_t>(got);
}

void LayerFeed::interrupt() { static_cast<void>(!::eventfd_write(interrupted_.get(), 1)); }

Result<void> LayerFeed::finish() {
  if (!thread_.joinable()) return {};
  interrupt();
  pipe_.read_end.reset();  // a source that still writes gets EPIPE
  thread_.join();
  if (!error_ || error_->error_number == EPIPE || error_->error_number == ECANCELED) return {};
  return *error_;
}

}  // namespace chainer::user_side
