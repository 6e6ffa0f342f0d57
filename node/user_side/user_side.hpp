// The user's side of a preparation: what it says to the store's side and to the person.
#pragma once

#include <optional>
#include <string>

#include "core/digest.hpp"
#include "core/image_ref.hpp"
#include "core/result.hpp"
#include "node/source/image_source.hpp"
#include "node/wire/frame.hpp"
#include "node/wire/message.hpp"
#include "node/wire/protocol.hpp"

namespace chainer::user_side {

/// The pipes and the voice of a user's side.
class UserSession {
 public:
  UserSession(std::string job_label, int to_store, int from_store, wire::Say print)
      : label(std::move(job_label)),
        say(std::move(print)),
        control_fd(from_store),
        writer_(to_store, wire::Peer::stores_side),
        reader_(from_store, wire::Peer::stores_side) {}

  const std::string label;  ///< "node n1, step 12.0"
  const wire::Say say;
  const int control_fd;

  Result<void> send(wire::FrameType type, std::string_view payload, std::uint16_t stream = 0);
  /// The next frame from the store's side. Its `failure` comes back as an error that counts as
  /// printed.
  Result<wire::Frame> receive();

  /// Prints an error and tells the store's side, unless that one has printed it or is gone. Gives
  /// the exit code.
  int fail(const Error& error);

 private:
  wire::FrameWriter writer_;
  wire::FrameReader reader_;
  bool peer_printed_{false};
  bool peer_is_gone_{false};  ///< it printed why, or died: then root says how
};

/// What is wanted, as far as it is known before the process gives up starting programs.
struct UserSideImage {
  std::string text;  ///< of the reference, as it was written
  Result<ImageRef> reference;
  std::optional<Digest> pinned;
  Result<std::vector<source::RegistryAccess>> registries;

  static UserSideImage of(const std::string& text, std::optional<Digest> pinned,
                          const std::string& auth_file);
};

/// `chainer-node user-side image`: the exit code.
int prepare_image(UserSession& session, UserSideImage wanted);

}  // namespace chainer::user_side
