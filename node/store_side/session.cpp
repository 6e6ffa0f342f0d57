#include "node/store_side/session.hpp"

#include <cerrno>
#include <chrono>
#include <vector>

#include "core/failure_message.hpp"
#include "node/store/entry_seal.hpp"

namespace chainer::store_side {
namespace {

Result<void> check_seal(int fd) {
  const auto seal = store::read_seal(fd);
  return seal ? Result<void>{} : seal.error();
}

/// The first frame that is more than a sign of life: a user's side may have to look at the machine
/// before it can say what it wants, which takes a slow one seconds.
Result<wire::Frame> first_frame(StoreSession& session) {
  while (true) {
    TRY_ASSIGN(auto frame, session.receive());
    if (frame.type != wire::FrameType::alive) return frame;
  }
}

Result<Served> serve(StoreSession& session) {
  const auto start = std::chrono::steady_clock::now();
  TRY_ASSIGN(const auto first, first_frame(session));
  const auto until_greeted = wire::seconds_since(start);
  if (first.type != wire::FrameType::hello) {
    return wire::nonsense_of(wire::Peer::users_side, "did not greet");
  }
  TRY_ASSIGN(const auto hello, wire::Hello::decode(first.payload));
  if (session.kind == EntryKind::environment) return serve_environment(session, hello);
  auto served = serve_image(session, hello);
  // Who has no digest asks what the image is before the greeting.
  if (served && !hello.pinned) add_first(served->ready.work, {Phase::resolve, until_greeted});
  return served;
}

}  // namespace

Result<wire::Frame> StoreSession::receive() {
  auto frame = reader_.expect();
  if (!frame || frame->type != wire::FrameType::failure) return frame;
  TRY_ASSIGN(const auto failure, wire::Failure::decode(frame->payload, wire::Peer::users_side));
  peer_printed_ = true;
  return failure.error;
}

Result<bool> StoreSession::find(const StoreEntry& entry) {
  TRY_ASSIGN(const auto file, store.open_entry(entry));
  if (!file || store.is_leaving(entry, file->get())) return false;
  auto stays = keep(entry, check_seal(file->get()));
  if (!stays || !*stays) return stays;
  return store.touch(entry);
}

Result<void> StoreSession::examine(const Digest& key) {
  std::vector<StoreEntry> suspects;
  for (const auto& audience : {Audience::everyone(), Audience::only(owner), Audience::sharers()})
    suspects.push_back({kind, key, audience});
  if (kind == EntryKind::environment) {
    suspects.push_back({EntryKind::difference, key, Audience::only(owner)});
    if (curator) suspects.push_back({kind, key, Audience::only(*curator)});
  }
  for (const auto& entry : suspects) {
    TRY_ASSIGN(const auto file, store.open_entry(entry));
    if (!file) continue;
    TRY(keep(entry, store::verify_entry(file->get())));
  }
  return {};
}

Result<bool> StoreSession::keep(const StoreEntry& entry, const Result<void>& sound) {
  if (sound) return true;
  if (sound.error().error_number != EBADMSG) return sound.error();
  TRY_ASSIGN(const auto place, store.set_aside(entry));
  say(wire::progress_message(label, "the store's " + entry.path() + ": " + sound.error().what +
                                        "; it is set aside as " + place + " and made again"));
  return false;
}

StoreVerdict serve_preparation(StoreSession& session, const std::optional<Digest>& suspect) {
  const auto examined = suspect ? session.examine(*suspect) : Result<void>{};
  const auto served = examined ? serve(session) : Result<Served>(examined.error());
  if (served) {
    // A user's side that is gone by now changes nothing: the entry is there.
    static_cast<void>(session.send(wire::FrameType::ready, served->ready.encode()).has_value());
    return {Outcome::ready, served->entry, {}, served->ready.work};
  }
  if (!session.peer_printed()) {
    if (!served.error().is_told) session.say(failure_message(session.label, served.error()));
    static_cast<void>(
        session.send(wire::FrameType::failure, wire::Failure{served.error()}.encode()).has_value());
  }
  return {wire::outcome_of(served.error().fault), std::nullopt, served.error().what};
}

}  // namespace chainer::store_side
