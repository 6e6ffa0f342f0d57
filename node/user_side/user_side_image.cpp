// The user's side of an image: find it where the reference says, and pipe what the store asks for.
#include <chrono>

#include "core/image_ref.hpp"
#include "core/printable.hpp"
#include "core/result.hpp"
#include "node/source/image_source.hpp"
#include "node/user_side/transfer_progress.hpp"
#include "node/user_side/user_side.hpp"

namespace chainer::user_side {
namespace {

using Clock = std::chrono::steady_clock;

/// Blobs go into the pipe as frames, and progress to the person.
class PipeSink : public source::BlobSink {
 public:
  PipeSink(UserSession& session, TransferProgress progress)
      : session_(session), progress_(std::move(progress)) {}

  Result<void> data(std::uint16_t stream, std::string_view bytes) override {
    progress_.add(bytes.size());
    return session_.send(wire::FrameType::data, bytes, stream);
  }
  Result<void> end(std::uint16_t stream) override {
    return session_.send(wire::FrameType::end, {}, stream);
  }
  void idle() override { progress_.wait(); }
  /// While blobs are sent, the store's side speaks only to end the transfer.
  int interrupt_fd() const override { return session_.control_fd; }

 private:
  UserSession& session_;
  TransferProgress progress_;
};

class ImagePreparation {
 public:
  ImagePreparation(UserSession& session, UserSideImage wanted)
      : session_(session), wanted_(std::move(wanted)), name_("image " + printable(wanted_.text)) {}

  Result<void> run() {
    if (wanted_.pinned) {
      const auto asked = ask_for_pinned();
      if (!asked) return asked.error();
      if (*asked == Known::yes) return {};
    }
    if (auto resolved = resolve(); !resolved) {
      return std::move(resolved).error().within("cannot find the " + name_);
    }
    const auto preparing = "cannot prepare the " + name_;
    if (auto sent = greet(); !sent) return std::move(sent).error().within(preparing);
    while (true) {
      auto frame = session_.receive();
      if (!frame) return std::move(frame).error().within(preparing);
      if (frame->type == wire::FrameType::ready) return finish(frame->payload);
      if (frame->type != wire::FrameType::send) {
        return wire::nonsense_of(wire::Peer::stores_side, "sent something unexpected");
      }
      if (auto sent = send_blobs(frame->payload); !sent) {
        return std::move(sent).error().within("cannot download the " + name_);
      }
    }
  }

 private:
  enum class Known { yes, no };

  /// Nothing is asked of the registry where the store has the image, or gets it from another node.
  Result<Known> ask_for_pinned() {
    wire::Hello hello{};
    hello.reference = wanted_.text;
    hello.pinned = wanted_.pinned;
    TRY(session_.send(wire::FrameType::hello, hello.encode()));
    TRY_ASSIGN(const auto frame, session_.receive());
    if (frame.type == wire::FrameType::show) return Known::no;
    if (frame.type != wire::FrameType::ready)
      return wire::nonsense_of(wire::Peer::stores_side, "sent something unexpected");
    TRY(finish(frame.payload));
    return Known::yes;
  }

  Result<void> resolve() {
    if (!wanted_.reference) return wanted_.reference.error();
    if (!wanted_.registries) return wanted_.registries.error();
    TRY_ASSIGN(auto source,
               source::open_image_source(*wanted_.reference, *std::move(wanted_.registries)));
    source_ = std::move(source);
    TRY_ASSIGN(auto image, source_->resolve(wanted_.pinned));
    image_ = std::move(image);
    if (!image_->remark.empty())
      session_.say(wire::progress_message(session_.label, name_ + ": " + image_->remark));
    return {};
  }

  Result<void> greet() {
    const wire::Hello hello{wanted_.text, image_->visibility};
    TRY(session_.send(wire::FrameType::hello, hello.encode()));
    return session_.send(wire::FrameType::document, image_->document);
  }

  Result<void> send_blobs(std::string_view text) {
    TRY_ASSIGN(const auto request, wire::SendRequest::decode(text));
    std::uint64_t total = 0;
    for (const auto& blob : request.blobs) total += blob.size.value_or(0);
    PipeSink sink(session_, TransferProgress(session_.label, name_, total, session_.say));
    auto sent = source_->send_blobs(request, sink);
    if (sent) return sent;
    const int number = sent.error().error_number;
    // The store's side has ended it, for a reason that it gives in its next frame.
    if (number == ECANCELED || number == EPIPE) return {};
    return sent;
  }

  /// Of many nodes the one that made the image speaks.
  Result<void> finish(std::string_view text) {
    TRY_ASSIGN(const auto ready, wire::Ready::decode(text));
    const auto& work = ready.work;
    if (!work.made_here) return {};
    const auto took = wire::human_seconds(wire::seconds_since(start_));
    session_.say(wire::progress_message(session_.label, name_ + ": ready in " + took + ", " +
                                                            wire::human_bytes(work.bytes()) + " (" +
                                                            wire::human_phases(work.phases) + ")"));
    return {};
  }

  UserSession& session_;
  UserSideImage wanted_;
  std::string name_;
  Clock::time_point start_{Clock::now()};
  std::unique_ptr<source::ImageSource> source_{};
  std::optional<source::ResolvedImage> image_{};
};

}  // namespace

UserSideImage UserSideImage::of(const std::string& text, std::optional<Digest> pinned,
                                const std::string& auth_file) {
  auto reference = ImageRef::parse(text);
  auto registries = reference ? source::registries_for(*reference, auth_file)
                              : Result<std::vector<source::RegistryAccess>>(reference.error());
  return {text, std::move(reference), pinned, std::move(registries)};
}

int prepare_image(UserSession& session, UserSideImage wanted) {
  if (auto prepared = ImagePreparation(session, std::move(wanted)).run(); !prepared) {
    return session.fail(prepared.error());
  }
  return 0;
}

}  // namespace chainer::user_side
