#include "node/store_side/pinned_image.hpp"

#include <poll.h>

#include <chrono>

#include "core/store_entry.hpp"
#include "node/image/manifest.hpp"
#include "node/store_side/flight.hpp"

namespace chainer::store_side {
namespace {

using Clock = std::chrono::steady_clock;

/// Beats while the user's side asks its registry, which may take its time over an answer. After that
/// a user's side that hangs is followed by another node's.
void beat_until_shown(const StoreSession& session, store::StoreLock& flight,
                      const std::string& name) {
  constexpr auto longest_question = std::chrono::minutes(5);
  constexpr int pause_ms = 1000;
  for (const auto end = Clock::now() + longest_question; Clock::now() < end;) {
    pollfd input{session.input(), POLLIN, 0};
    if (::poll(&input, 1, pause_ms) > 0) return;
    flight.beat_by_itself(name + ", asking for its manifest");
  }
}

class PinnedImage {
 public:
  PinnedImage(StoreSession& session, const wire::Hello& hello, const Digest& pinned)
      : session_(session), name_("image " + hello.reference), pinned_(pinned) {}

  Result<Served> serve(const ServeShown& serve_shown) {
    std::optional<StoreEntry> found;
    const auto look_up = [&]() -> Result<bool> {
      TRY_ASSIGN(found, find());
      return found.has_value();
    };
    FlightGoal goal{name_, "pinned-" + std::string(name_of(session_.kind)) + "-" + pinned_.hex()};
    goal.fills.push_back(note_path());
    for (const auto& audience : {Audience::everyone(), Audience::only(session_.owner)})
      goal.fills.push_back(StoreEntry{session_.kind, pinned_, audience}.path());
    TRY_ASSIGN(auto flight, take_flight(session_, goal, look_up));
    if (found) return Served{*found, wire::Ready{found->key, waited_for(flight.waited)}};

    auto served = ask(*flight.lock, serve_shown);
    if (!served) fail_flight(*flight.lock, served.error());
    return served;
  }

 private:
  Result<Served> ask(store::StoreLock& flight, const ServeShown& serve_shown) {
    TRY(session_.send(wire::FrameType::show, ""));
    const auto start = Clock::now();
    beat_until_shown(session_, flight, name_);
    const auto until_shown = wire::seconds_since(start);
    TRY_ASSIGN(auto served, serve_shown(flight));
    add_first(served.ready.work, {Phase::resolve, until_shown});
    // Only spares the next preparation a question.
    if (served.entry.key != pinned_)
      static_cast<void>(session_.store.write_note(note_path(), served.entry.key.hex()).has_value());
    return served;
  }

  /// Where this user's answer is kept to what an index's digest means for machines like this one.
  std::string note_path() const {
    return Audience::only(session_.owner).folder() + "/resolution/" + pinned_.hex() + ".image-" +
           image::Platform::ours().architecture;
  }

  Result<std::optional<StoreEntry>> find() {
    TRY_ASSIGN(const auto entry, find_by_key(pinned_));
    if (entry) return entry;
    TRY_ASSIGN(const bool is_noted, session_.store.touch_note(note_path()));
    if (!is_noted) return std::optional<StoreEntry>();
    TRY_ASSIGN(const auto note, session_.store.read_note(note_path()));
    const auto key = Digest::parse_hex(note.value_or(""));
    return key ? find_by_key(*key) : std::optional<StoreEntry>();
  }

  /// As root looks it up.
  Result<std::optional<StoreEntry>> find_by_key(const Digest& key) {
    for (const auto& audience :
         {Audience::everyone(), Audience::only(session_.owner), Audience::sharers()}) {
      const StoreEntry entry{session_.kind, key, audience};
      TRY_ASSIGN(const bool may_have, is_for_this_user(entry));
      if (!may_have) continue;
      TRY_ASSIGN(const bool there, session_.find(entry));
      if (there) return std::optional(entry);
    }
    return std::optional<StoreEntry>();
  }

  Result<bool> is_for_this_user(const StoreEntry& entry) const {
    if (!entry.audience.is_sharers()) return true;
    if (session_.sharing != PrivateImages::share) return false;
    TRY_ASSIGN(const auto grant,
               session_.store.read_note(grant_path(entry.kind, entry.key, session_.owner)));
    return grant.has_value();
  }

  StoreSession& session_;
  const std::string name_;
  const Digest pinned_;
};

}  // namespace

Result<Served> serve_pinned_image(StoreSession& session, const wire::Hello& hello,
                                  const Digest& pinned, const ServeShown& serve_shown) {
  return PinnedImage(session, hello, pinned).serve(serve_shown);
}

}  // namespace chainer::store_side
