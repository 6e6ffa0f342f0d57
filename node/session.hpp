// What the store's side has in hand while it serves one preparation.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/store_verdict.hpp"
#include "node/frame.hpp"
#include "node/message.hpp"
#include "node/protocol.hpp"
#include "node/store.hpp"

namespace chainer {

/// One preparation, seen from the store's side.
class StoreSession {
 public:
  StoreSession(const Store& site_store, PrivateImages private_images, uid_t job_owner, std::string job_label, int from_user,
               int to_user, Say print)
      : store(site_store), sharing(private_images), owner(job_owner), label(std::move(job_label)), say(std::move(print)),
        input_(from_user), reader_(from_user), writer_(to_user) {}

  const Store& store;
  const PrivateImages sharing;
  const uid_t owner;        ///< the job's user, from root
  const std::string label;  ///< "node n1, step 12.0"
  const Say say;

  /// The next frame from the user's side. Its `failure` comes back as an error that counts as printed.
  Result<Frame> receive();
  Result<void> send(FrameType type, std::string_view payload) { return writer_.write(type, payload); }
  /// Readable when a frame can be received.
  int input() const { return input_; }

  /// True when the user's side has printed the error that ends this session.
  bool peer_printed() const { return peer_printed_; }

 private:
  int input_;
  FrameReader reader_;
  FrameWriter writer_;
  bool peer_printed_{false};
};

/// What is ready, and what the user's side says about it in its last line.
struct Served {
  StoreEntry entry;
  Ready ready;
};

/// Serves a hello of kind image.
Result<Served> serve_image(StoreSession& session, const Hello& hello);
/// Serves a hello of kind environment, as node/environment_request.hpp describes it.
Result<Served> serve_environment(StoreSession& session, const Hello& hello);

/// Reads the hello, serves it, and sends `ready` or `failure`; prints an error unless the user's side
/// did. What root is told.
StoreVerdict serve_preparation(StoreSession& session);

}  // namespace chainer
