#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "node/environment_lock.hpp"
#include "node/environment_request.hpp"
#include "node/lock_note.hpp"
#include "node/session.hpp"
#include "node/squashfs_image.hpp"
#include "node/store_lock.hpp"
#include "node/wait_notice.hpp"

namespace chainer {
namespace {

using Clock = std::chrono::steady_clock;

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

/// Leaves the error for those who wait, unless only our own user's side is gone: then one of them
/// can do what we could not.
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
        return Error{"the other side sent something else than the environment", "", 0,
                     Fault::defect};
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
      : session_(session), name_("environment " + hello.reference), request_(request) {}

  Result<Served> serve() {
    auto lock = request_.question ? locked() : received_lock();
    if (!lock) return std::move(lock).error();
    return built(*lock);
  }

 private:
  using LookUp = std::function<Result<bool>()>;

  /// Holds the only lock on `key` in the cluster, or nothing when `found` became true while
  /// waiting.
  Result<std::optional<StoreLock>> lock_unless(const LookUp& found, const Digest& key) {
    const auto start = Clock::now();
    while (true) {
      if (const auto there = found(); !there)
        return there.error();
      else if (*there)
        return std::optional<StoreLock>();

      auto outcome = take_or_wait(lock_request(key));
      if (!outcome) return std::move(outcome).error();
      if (std::holds_alternative<FlightEnded>(*outcome)) {
        waited_ = seconds_since(start);
        continue;
      }
      auto lock = std::get<StoreLock>(std::move(*outcome));
      if (const auto there = found(); !there)
        return there.error();
      else if (*there)
        return std::optional<StoreLock>();
      return std::optional(std::move(lock));
    }
  }

  LockRequest lock_request(const Digest& key) {
    return {session_.store.lock_folder(),
            std::to_string(session_.owner) + "-" + key.hex(),
            session_.label,
            std::chrono::seconds(30),
            std::chrono::milliseconds(100),
            [notice = WaitNotice(session_.label, name_, session_.say)](
                const FlightProgress& progress) mutable { notice.update(progress); }};
  }

  /// The answer to the question: kept from an earlier time, another node's, or our user's side's.
  Result<EnvironmentLock> locked() {
    const StoreEntry answer{
        EnvironmentRequest::key_for(request_.image, *request_.question, session_.owner),
        session_.owner};
    std::optional<EnvironmentLock> lock;
    const auto look_up = [&]() -> Result<bool> {
      lock = use_lock_note(session_.store, answer);
      return lock.has_value();
    };
    auto flight = lock_unless(look_up, answer.key);
    if (!flight) return std::move(flight).error();
    if (*flight) return resolved(**flight, answer);
    auto sent = session_.send(FrameType::environment_lock, lock->to_text(session_.owner));
    if (!sent) return std::move(sent).error();
    return *std::move(lock);
  }

  Result<EnvironmentLock> resolved(StoreLock& flight, const StoreEntry& answer) {
    if (auto sent = session_.send(FrameType::environment_resolve, ""); !sent)
      return std::move(sent).error();
    auto lock = received_lock(&flight);
    if (!lock) {
      fail(flight, lock.error());
      return lock;
    }
    auto kept = write_lock_note(session_.store, answer, *lock);
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

  /// The key is computed here, from the owner that root names: nobody files under a key of his
  /// choice.
  Result<EnvironmentLock> checked_lock(std::string_view text) {
    auto lock = EnvironmentLock::parse(text);
    if (!lock || lock->image == request_.image) return lock;
    return Error{"the environment lock was made for another image", "", 0, Fault::user};
  }

  Result<Served> built(const EnvironmentLock& lock) {
    const StoreEntry entry{lock.key_for(session_.owner), session_.owner};
    auto flight = lock_unless([&] { return session_.store.touch(entry); }, entry.key);
    if (!flight) return std::move(flight).error();
    if (!*flight) return served(entry, 0, {});
    auto made = make(**flight, entry);
    if (!made) {
      fail(**flight, made.error());
      return made;
    }
    // For listings only: the entry is good without it.
    static_cast<void>(write_lock_note(session_.store, entry, lock).has_value());
    return made;
  }

  Result<Served> make(StoreLock& flight, const StoreEntry& entry) {
    if (auto sent = session_.send(FrameType::environment_build, ""); !sent)
      return std::move(sent).error();
    auto bytes = convert(flight, entry);
    if (bytes) return served(entry, *bytes, {});
    if (session_.peer_printed()) return std::move(bytes).error();
    return std::move(bytes).error().within("cannot store the " + name_);
  }

  /// Takes the tree in and files it; the entry's size.
  Result<std::uint64_t> convert(StoreLock& flight, const StoreEntry& entry) {
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
    auto bytes = image->finish();
    if (!bytes) return bytes;
    auto committed = session_.store.commit(std::move(*pending), entry);
    if (!committed) return std::move(committed).error();
    return bytes;
  }

  Served served(const StoreEntry& entry, std::uint64_t bytes, std::vector<Phase> phases) const {
    if (waited_ > 0) phases.insert(phases.begin(), {"wait", waited_});
    return {entry, Ready{entry.key, std::move(phases), bytes, bytes > 0}};
  }

  StoreSession& session_;
  const std::string name_;
  const EnvironmentRequest request_;
  double waited_{0};
};

}  // namespace

Result<Served> serve_environment(StoreSession& session, const Hello& hello) {
  const auto request = EnvironmentRequest::decode(hello.request);
  if (!request) return request.error();
  return EnvironmentService(session, hello, *request).serve();
}

}  // namespace chainer
