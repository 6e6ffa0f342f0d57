// What the store's side has in hand while it serves one preparation.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/store_verdict.hpp"
#include "node/store/store.hpp"
#include "node/wire/frame.hpp"
#include "node/wire/message.hpp"
#include "node/wire/protocol.hpp"

namespace chainer::store_side {

/// What root has said of a preparation. The user's side has no say in it.
struct PreparationOrder {
  EntryKind kind{EntryKind::manifest};  ///< of the entry that root will look for
  uid_t owner{0};                       ///< the job's user
  std::string label{};                  ///< "node n1, step 12.0"
  std::optional<uid_t> curator{};       ///< whose environments serve everybody
  bool waits_silently{false};           ///< another node of the step says what it waits for
};

/// One preparation, seen from the store's side.
class StoreSession {
 public:
  StoreSession(const store::Store& site_store, const PluginConf& conf,
               const PreparationOrder& order, int from_user, int to_user, wire::Say print)
      : store(site_store),
        sharing(conf.private_images),
        least_rate(conf.least_rate.bytes()),
        kind(order.kind),
        owner(order.owner),
        curator(order.curator),
        label(order.label),
        waits_silently(order.waits_silently),
        say(std::move(print)),
        input_(from_user),
        reader_(from_user, wire::Peer::users_side),
        writer_(to_user, wire::Peer::users_side) {}

  const store::Store& store;
  const PrivateImages sharing;
  const std::uint64_t least_rate;  ///< bytes per second
  const EntryKind kind;
  const uid_t owner;
  const std::optional<uid_t> curator;
  const std::string label;
  const bool waits_silently;
  const wire::Say say;

  /// The next frame from the user's side. Its `failure` comes back as an error that counts as
  /// printed.
  Result<wire::Frame> receive();
  Result<void> send(wire::FrameType type, std::string_view payload) {
    return writer_.write(type, payload);
  }
  /// Readable when a frame can be received.
  int input() const { return input_; }

  /// Whether `entry` is there and whole; it then counts as used now. One that is not is set aside,
  /// named, and counts as missing.
  Result<bool> find(const StoreEntry& entry);
  /// Reads every entry of this key that root may have found, and sets aside what is damaged.
  Result<void> examine(const Digest& key);

  /// How many bytes an entry may unpack to. lz4 about halves what is stored: what does not fit into
  /// four quotas does not fit into one.
  std::uint64_t most_unpacked_bytes() const { return 4 * store.limits().quota.bytes(); }

  /// True when the user's side has printed the error that ends this session.
  bool peer_printed() const { return peer_printed_; }

 private:
  /// Sets an entry aside when `sound` says that it is damaged; says whether it stays.
  Result<bool> keep(const StoreEntry& entry, const Result<void>& sound);

  int input_;
  wire::FrameReader reader_;
  wire::FrameWriter writer_;
  bool peer_printed_{false};
};

/// What is ready, and what the user's side says about it in its last line.
struct Served {
  StoreEntry entry;
  wire::Ready ready;
};

/// Serves an order of an image.
Result<Served> serve_image(StoreSession& session, const wire::Hello& hello);
/// Serves an order of an environment, as node/environment/environment_request.hpp describes it.
Result<Served> serve_environment(StoreSession& session, const wire::Hello& hello);

/// Looks at what root suspects, reads the hello, serves it, and sends `ready` or `failure`; prints
/// an error unless the user's side did. The result is what root is told.
StoreVerdict serve_preparation(StoreSession& session, const std::optional<Digest>& suspect = {});

}  // namespace chainer::store_side
