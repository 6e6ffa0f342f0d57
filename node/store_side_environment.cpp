#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "node/environment_lock.hpp"
#include "node/environment_request.hpp"
#include "node/message.hpp"
#include "node/session.hpp"
#include "node/squashfs_image.hpp"
#include "node/store_lock.hpp"

namespace chainer {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view lock_suffix = ".lock";
// lz4 about halves an environment: what does not fit into this many quotas does not fit into one.
constexpr std::uint64_t unpacked_quotas = 4;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What a sign of life says, short enough for a lock's record.
std::string doing_of(std::string_view payload) {
  const auto alive = Alive::decode(payload);
  return alive ? alive->doing.substr(0, 200) : std::string("at work");
}

/// Leaves the error for those who wait, unless only our own user's side is gone: then one of them can do
/// what we could not.
void fail(StoreLock& flight, const Error& error) {
  if (error.error_number != EPIPE) flight.fail(error);
}

/// The tar stream that the user's side sends, as bytes. Beats the lock while they come.
class TreeSource : public ByteSource {
 public:
  TreeSource(StoreSession& session, StoreLock& lock) : session_(session), lock_(lock) {}

  Result<std::string_view> next() override {
    if (ended_) return std::string_view();
    while (true) {
      auto frame = session_.receive();
      if (!frame) return std::move(frame).error();
      if (frame->type == FrameType::alive) {
        lock_.beat(received_, 0, doing_of(frame->payload));
      } else if (frame->type == FrameType::data && !frame->payload.empty()) {
        received_ += frame->payload.size();
        lock_.beat(received_, 0, "packing");
        return frame->payload;
      } else if (frame->type == FrameType::end) {
        ended_ = true;
        return std::string_view();
      } else if (frame->type != FrameType::data) {
        return Error{"the other side sent something else than the environment", "", 0, Fault::defect};
      }
    }
  }

 private:
  StoreSession& session_;
  StoreLock& lock_;
  std::uint64_t received_{0};
  bool ended_{false};
};

class EnvironmentService {
 public:
  EnvironmentService(StoreSession& session, const Hello& hello, const EnvironmentRequest& request)
      : session_(session), name_(hello.reference), request_(request) {}

  Result<Served> serve() {
    auto lock = request_.question ? locked() : received_lock();
    if (!lock) return std::move(lock).error();
    return built({lock->key_for(session_.owner), session_.owner});
  }

 private:
  using LookUp = std::function<Result<bool>()>;

  /// Holds the only lock on `key` in the cluster, or nothing when `found` became true while waiting.
  Result<std::optional<StoreLock>> lock_unless(const LookUp& found, const Digest& key) {
    const auto start = Clock::now();
    while (true) {
      if (const auto there = found(); !there) return there.error();
      else if (*there) return std::optional<StoreLock>();

      auto outcome = take_or_wait(lock_request(key));
      if (!outcome) return std::move(outcome).error();
      if (std::holds_alternative<FlightEnded>(*outcome)) {
        waited_ = seconds_since(start);
        continue;
      }
      auto lock = std::get<StoreLock>(std::move(*outcome));
      if (const auto there = found(); !there) return there.error();
      else if (*there) return std::optional<StoreLock>();
      return std::optional(std::move(lock));
    }
  }

  LockRequest lock_request(const Digest& key) {
    LockRequest request{};
    request.folder = session_.store.lock_folder();
    request.name = std::to_string(session_.owner) + "-" + key.hex();
    request.label = session_.label;
    request.on_wait = [this](const FlightProgress& progress) { say_waiting(progress); };
    return request;
  }

  void say_waiting(const FlightProgress& progress) {
    const auto now = Clock::now();
    if (progress.doing == last_said_ && now - said_at_ < std::chrono::seconds(10)) return;
    last_said_ = progress.doing;
    said_at_ = now;
    session_.say(progress_message(session_.label, "environment " + name_ + ": waiting for " +
                                                      progress.producer + ": " + progress.doing));
  }

  /// The answer to the question: kept from an earlier time, another node's, or our user's side's.
  Result<EnvironmentLock> locked() {
    const StoreEntry answer{EnvironmentRequest::key_for(request_.image, *request_.question, session_.owner),
                            session_.owner};
    std::optional<std::string> text;
    const auto look_up = [&]() -> Result<bool> {
      auto note = session_.store.read_note(answer, lock_suffix);
      if (!note) return std::move(note).error();
      text = std::move(*note);
      return text.has_value();
    };
    auto flight = lock_unless(look_up, answer.key);
    if (!flight) return std::move(flight).error();
    if (*flight) return resolved(**flight, answer);

    auto lock = checked_lock(*text);
    if (!lock) return lock;
    if (auto sent = session_.send(FrameType::environment_lock, *text); !sent) return std::move(sent).error();
    return lock;
  }

  Result<EnvironmentLock> resolved(StoreLock& flight, const StoreEntry& answer) {
    if (auto sent = session_.send(FrameType::environment_resolve, ""); !sent) return std::move(sent).error();
    auto lock = received_lock(&flight);
    if (!lock) {
      fail(flight, lock.error());
      return lock;
    }
    auto kept = session_.store.write_note(answer, lock_suffix, lock->to_text(session_.owner));
    if (!kept) return std::move(kept).error();
    return lock;
  }

  /// The next lock that the user's side sends; signs of life before it beat `flight`.
  Result<EnvironmentLock> received_lock(StoreLock* flight = nullptr) {
    while (true) {
      const auto frame = session_.receive();
      if (!frame) return frame.error();
      if (frame->type == FrameType::environment_lock) return checked_lock(frame->payload);
      if (frame->type != FrameType::alive) {
        return Error{"the other side sent something else than a lock", "", 0, Fault::defect};
      }
      if (flight != nullptr) flight->beat(0, 0, doing_of(frame->payload));
    }
  }

  /// The key is computed here, from the owner that root names: nobody files under a key of his choice.
  Result<EnvironmentLock> checked_lock(std::string_view text) {
    auto lock = EnvironmentLock::parse(text);
    if (!lock || lock->image == request_.image) return lock;
    return Error{"the environment lock was made for another image", "", 0, Fault::user};
  }

  Result<Served> built(const StoreEntry& entry) {
    auto flight = lock_unless([&] { return session_.store.touch(entry); }, entry.key);
    if (!flight) return std::move(flight).error();
    if (!*flight) return served(entry, 0, {});
    auto made = make(**flight, entry);
    if (!made) fail(**flight, made.error());
    return made;
  }

  Result<Served> make(StoreLock& flight, const StoreEntry& entry) {
    if (auto sent = session_.send(FrameType::environment_build, ""); !sent) return std::move(sent).error();
    auto pending = session_.store.begin();
    if (!pending) return std::move(pending).error();
    ConversionLimits limits{};
    limits.unpacked_bytes = session_.store.quota() * unpacked_quotas;
    limits.make_room = [this](std::uint64_t bytes) { return session_.store.make_room(bytes); };
    auto image = SquashfsImage::create(pending->fd(), limits);
    if (!image) return std::move(image).error();

    // The whole tree comes in this one stream, so its beginning is asked for only once.
    auto added = image->add_layer([&]() -> Result<std::unique_ptr<ByteSource>> {
      return std::unique_ptr<ByteSource>(std::make_unique<TreeSource>(session_, flight));
    });
    if (!added) return std::move(added).error();
    const auto start = Clock::now();
    const auto bytes = image->finish();
    if (!bytes) return bytes.error();
    auto committed = session_.store.commit(std::move(*pending), entry);
    if (!committed) return std::move(committed).error();
    return served(entry, *bytes, {{"store", seconds_since(start)}});
  }

  Served served(const StoreEntry& entry, std::uint64_t bytes, std::vector<Phase> phases) const {
    if (waited_ > 0) phases.insert(phases.begin(), {"wait", waited_});
    return {entry, Ready{entry.key, std::move(phases), bytes, bytes > 0}};
  }

  StoreSession& session_;
  const std::string name_;
  const EnvironmentRequest request_;
  double waited_{0};
  std::string last_said_;
  Clock::time_point said_at_{};
};

}  // namespace

Result<Served> serve_environment(StoreSession& session, const Hello& hello) {
  const auto request = EnvironmentRequest::decode(hello.request);
  if (!request) return request.error();
  return EnvironmentService(session, hello, *request).serve();
}

}  // namespace chainer
