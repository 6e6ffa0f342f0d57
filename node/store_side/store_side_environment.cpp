#include <chrono>
#include <memory>
#include <optional>

#include "node/environment/environment_lock.hpp"
#include "node/environment/environment_request.hpp"
#include "node/squashfs/squashfs_image.hpp"
#include "node/store/store_lock.hpp"
#include "node/store/store_room.hpp"
#include "node/store_side/flight.hpp"
#include "node/store_side/lock_note.hpp"
#include "node/store_side/session.hpp"
#include "node/wire/blob_hash.hpp"

namespace chainer::store_side {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point start, Clock::time_point end) {
  return std::chrono::duration<double>(end - start).count();
}

/// What a sign of life says, short enough for a lock's record.
std::string doing_of(std::string_view payload) {
  const auto alive = wire::Alive::decode(payload);
  return alive ? alive->doing.substr(0, 200) : std::string("at work");
}

/// The tar stream that the user's side sends, as bytes. Beats the lock while they come.
class TreeSource : public archive::ByteSource {
 public:
  /// `begun` becomes the time at which the first bytes came.
  TreeSource(StoreSession& session, store::StoreLock& lock, Clock::time_point& begun)
      : session_(session), lock_(lock), begun_(begun) {}

  Result<std::string_view> next() override {
    if (ended_) return std::string_view();
    while (true) {
      TRY_ASSIGN(auto frame, session_.receive());
      if (frame.type == wire::FrameType::alive) {
        lock_.beat(received_, 0, doing_of(frame.payload));
      } else if (frame.type == wire::FrameType::data && !frame.payload.empty()) {
        if (received_ == 0) begun_ = Clock::now();
        received_ += frame.payload.size();
        lock_.beat(received_, 0, "packing");
        return frame.payload;
      } else if (frame.type == wire::FrameType::end) {
        ended_ = true;
        return std::string_view();
      } else if (frame.type != wire::FrameType::data) {
        return wire::nonsense_of(wire::Peer::users_side,
                                 "sent something else than the environment");
      }
    }
  }

 private:
  StoreSession& session_;
  store::StoreLock& lock_;
  Clock::time_point& begun_;
  std::uint64_t received_{0};
  bool ended_{false};
};

class EnvironmentService {
 public:
  EnvironmentService(StoreSession& session, const wire::Hello& hello,
                     const environment::EnvironmentRequest& request)
      : session_(session), name_("environment " + hello.reference), request_(request) {}

  Result<Served> serve() {
    TRY_ASSIGN(auto lock, request_.question ? locked() : received_lock());
    return built(lock);
  }

 private:
  FlightGoal goal(std::string_view kind, const Digest& key, std::string fills) const {
    return {name_,
            std::string(kind) + "-" + key.hex(),
            FlightGoal::Makers::owner,
            nullptr,
            {std::move(fills)}};
  }

  /// The answer to the question: kept from an earlier time, another node's, or our user's side's.
  Result<std::string> locked() {
    const auto question = environment::EnvironmentRequest::key_for(
        request_.image, *request_.question, session_.owner);
    const auto place = resolution_path(question, session_.owner);
    std::string text;
    const auto look_up = [&]() -> Result<bool> {
      auto kept = use_lock_note(session_.store, place);
      if (kept) text = std::move(kept->text);
      return kept.has_value();
    };
    TRY_ASSIGN(auto flight, take_flight(session_, goal("resolution", question, place), look_up));
    waited_ += flight.waited;
    if (flight.lock) return resolved(*flight.lock, place);
    TRY(session_.send(wire::FrameType::environment_lock, text));
    return text;
  }

  Result<std::string> resolved(store::StoreLock& flight, const std::string& place) {
    const auto start = Clock::now();
    TRY(session_.send(wire::FrameType::environment_resolve, ""));
    auto lock = received_lock(&flight);
    work_.phases.push_back({Phase::resolve, seconds_between(start, Clock::now())});
    if (!lock) {
      fail_flight(flight, lock.error());
      return lock;
    }
    TRY(session_.store.write_note(place, *lock));
    return lock;
  }

  /// The next lock that the user's side sends; signs of life before it beat `flight`.
  Result<std::string> received_lock(store::StoreLock* flight = nullptr) {
    while (true) {
      TRY_ASSIGN(const auto frame, session_.receive());
      if (frame.type == wire::FrameType::environment_lock) return checked_lock(frame.payload);
      if (frame.type != wire::FrameType::alive) {
        return wire::nonsense_of(wire::Peer::users_side, "sent something else than a lock");
      }
      if (flight != nullptr) flight->beat(0, 0, doing_of(frame.payload));
    }
  }

  Result<std::string> checked_lock(std::string_view text) {
    TRY_ASSIGN(const auto lock, environment::EnvironmentLock::parse(text));
    if (lock.image == request_.image) return std::string(text);
    return Error{"the environment lock was made for another image", "", 0, Fault::user};
  }

  /// The key is computed here, from the lock's bytes and the owner that root names: nobody files
  /// under a key of their choice.
  Result<Served> built(const std::string& lock) {
    const auto digest = wire::BlobHash::of(lock);
    const auto key = environment_key(request_.image, digest, session_.owner);
    std::optional<StoreEntry> there;
    const auto look_up = [&]() -> Result<bool> {
      TRY_ASSIGN(there, find(digest, key));
      return there.has_value();
    };
    const StoreEntry own{EntryKind::environment, key, Audience::only(session_.owner)};
    auto to_build = goal(name_of(own.kind), key, own.path());
    if (session_.curator)
      to_build.fills.push_back(StoreEntry{EntryKind::difference, key, own.audience}.path());
    TRY_ASSIGN(auto flight, take_flight(session_, to_build, look_up));
    waited_ += flight.waited;
    if (!flight.lock) return served(*there);
    TRY_ASSIGN(const auto base, base_for(lock));
    const StoreEntry entry{base ? EntryKind::difference : EntryKind::environment, key,
                           Audience::only(session_.owner)};
    auto made = make(*flight.lock, entry, base);
    if (!made) {
      fail_flight(*flight.lock, made.error());
      return made;
    }
    // For listings only: the entry is good without it.
    static_cast<void>(session_.store.write_note(lock_path(entry), lock).has_value());
    return made;
  }

  /// Looks as root does: for the user's own, the curator's, and a difference whose base is there.
  Result<std::optional<StoreEntry>> find(const Digest& lock, const Digest& key) const {
    const StoreEntry own{EntryKind::environment, key, Audience::only(session_.owner)};
    TRY_ASSIGN(const bool is_there, session_.find(own));
    if (is_there) return std::optional(own);
    if (!session_.curator) return std::optional<StoreEntry>();
    const auto curated = curated_entry(environment_key(request_.image, lock, *session_.curator));
    TRY_ASSIGN(const bool is_curated, session_.find(curated));
    if (is_curated) return std::optional(curated);
    return find_difference({EntryKind::difference, key, own.audience});
  }

  Result<std::optional<StoreEntry>> find_difference(const StoreEntry& difference) const {
    TRY_ASSIGN(const auto note, session_.store.read_note(base_note_path(difference.path())));
    const auto base = Digest::parse_hex(note.value_or(""));
    if (!base) return std::optional<StoreEntry>();
    TRY_ASSIGN(const bool has_base, session_.find(curated_entry(*base)));
    TRY_ASSIGN(const bool is_there, session_.find(difference));
    return has_base && is_there ? std::optional(difference) : std::nullopt;
  }

  /// Before the entry comes: nobody may find a difference that does not say what it belongs to, or one
  /// that was made over an earlier curator's environment.
  Result<void> announce_difference(const StoreEntry& difference, const Digest& base) const {
    if (auto moved = session_.store.set_aside(difference); !moved) return std::move(moved).error();
    return session_.store.write_note(base_note_path(difference.path()), base.hex());
  }

  StoreEntry curated_entry(const Digest& key) const {
    return {EntryKind::environment, key, Audience::only(*session_.curator)};
  }

  /// The key of the curated environment that the lock names, if it is in the store and can be seen
  /// where this one is built.
  Result<std::optional<Digest>> base_for(const std::string& text) const {
    TRY_ASSIGN(const auto lock, environment::EnvironmentLock::parse(text));
    if (!session_.curator || !lock.base || lock.base != request_.base)
      return std::optional<Digest>();
    const auto key = environment_key(request_.image, *lock.base, *session_.curator);
    TRY_ASSIGN(const bool is_there, session_.find(curated_entry(key)));
    return is_there ? std::optional(key) : std::nullopt;
  }

  Result<Served> make(store::StoreLock& flight, const StoreEntry& entry,
                      const std::optional<Digest>& base) {
    TRY(session_.send(wire::FrameType::environment_build,
                      base ? environment::difference_only : ""));
    if (base) TRY(announce_difference(entry, *base));
    const auto start = Clock::now();
    auto begun = start;  // when the built tree began to come
    auto bytes = convert(flight, entry, begun);
    if (bytes) {
      work_.phases.push_back({Phase::build, seconds_between(start, begun)});
      work_.phases.push_back({Phase::convert, seconds_between(begun, Clock::now()), *bytes});
      work_.made_here = true;
      return served(entry);
    }
    if (session_.peer_printed()) return std::move(bytes).error();
    return std::move(bytes).error().within("cannot store the " + name_);
  }

  /// Takes the tree in and files it; gives the entry's size.
  Result<std::uint64_t> convert(store::StoreLock& flight, const StoreEntry& entry,
                                Clock::time_point& begun) {
    TRY_ASSIGN(auto room, store::StoreRoom::open(session_.store, session_.owner));
    TRY_ASSIGN(auto pending, session_.store.begin());
    squashfs::ConversionLimits limits{};
    if (entry.kind == EntryKind::difference) limits.whiteouts = squashfs::Whiteouts::stay;
    limits.unpacked_bytes = session_.most_unpacked_bytes();
    // The tree is what this user wants it to be, and nobody else gets it: there is no other proof
    // to wait for.
    limits.make_room = [&](std::uint64_t bytes) { return room.hold_output({bytes, 0}); };
    TRY_ASSIGN(auto image, squashfs::SquashfsImage::create(pending.fd(), limits));

    // The whole tree comes in this one stream, so its beginning is asked for only once.
    TRY(image.add_layer([&]() -> Result<std::unique_ptr<archive::ByteSource>> {
      return std::unique_ptr<archive::ByteSource>(
          std::make_unique<TreeSource>(session_, flight, begun));
    }));
    const store::OwnWork on_disk(flight, "writing to the store's disk");
    TRY_ASSIGN(auto bytes, image.finish());
    TRY(session_.store.commit(std::move(pending), entry, session_.owner));
    work_.evicted = room.evicted();
    return bytes;
  }

  Served served(const StoreEntry& entry) {
    if (waited_ > 0) add_first(work_, {Phase::wait, waited_});
    return {entry, wire::Ready{entry.key, work_}};
  }

  StoreSession& session_;
  const std::string name_;
  const environment::EnvironmentRequest request_;
  double waited_{0};
  PreparationWork work_{};
};

}  // namespace

Result<Served> serve_environment(StoreSession& session, const wire::Hello& hello) {
  TRY_ASSIGN(const auto request, environment::EnvironmentRequest::decode(hello.request));
  return EnvironmentService(session, hello, request).serve();
}

}  // namespace chainer::store_side
