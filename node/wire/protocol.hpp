// What the user's side and the store's side say to each other, over the two pipes that root made.
//
// The user's side runs as the user, who may replace it: the store's side believes nothing but bytes
// that hash to the digest they are filed under. The store's side decides; it holds the locks. Root
// tells both what is to be prepared: an image by its manifest or by its config, or an environment.
// The user's side has no say in how the store's side reads its document.
//
// An image:
//   user:  hello, document (raw bytes: the store's side computes the key from them)
//   store: ready   — the entry exists, or another node made it while the store's side waited
//          send    — the digests and sizes of the blobs, the position of each being its stream
//          failure
//   user:  data and end frames of these streams, interleaved as the bytes arrive
//   store: ready or failure
// An image whose digest is known comes with it in a hello that no document follows:
//   store: ready   — the entry exists for this user, or another node of this user made it meanwhile
//          show    — the user's side goes on as above, with a hello that has no digest
//          failure
// So of many nodes one asks the registry for the document. The digest only says what to look for.
// The user's side closes its pipe when it has read `ready` or `failure`.
//
// An environment: hello; the frames of FrameType 32 and up lead to a tar stream, sent as data and
// end frames of stream 0.
//
// Failure: the side where the cause lies prints it, with its own --label, then sends `failure`; the
// other ends quietly with the same fault. The store's side keeps the text in the lock, so waiters
// on other nodes fail with it too (and print it there). A pipe that ends without `failure` or
// `ready` is an error that the survivor prints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/preparation_work.hpp"
#include "core/result.hpp"
#include "node/wire/peer.hpp"

namespace chainer::wire {

/// Who may use what is being prepared, as far as its user side says.
enum class Visibility {
  everyone,  ///< fetched without credentials
  owner,     ///< everything else
};

struct Hello {
  std::string reference;  ///< what a person calls it, for messages only; printable when decoded
  Visibility visibility{Visibility::owner};
  std::string request{};  ///< environments only: a JSON text that the environment part defines
  std::optional<Digest> pinned{};  ///< of the image's document, or of an index that names it

  std::string encode() const;
  static Result<Hello> decode(std::string_view text);
};

/// The blobs that the store's side wants; a blob's position here is its stream.
struct SendRequest {
  struct Blob {
    Digest digest;
    std::optional<std::uint64_t> size;  ///< unknown for the layers of a docker-archive
  };
  std::vector<Blob> blobs;

  std::string encode() const;
  static Result<SendRequest> decode(std::string_view text);
};

/// Sent by the user's side while it works without sending bytes, so that waiters see progress.
struct Alive {
  std::string doing;  ///< "resolving 12 packages"; printable when decoded
  std::string encode() const;
  static Result<Alive> decode(std::string_view text);
};

struct Ready {
  Digest key;
  PreparationWork work{};

  std::string encode() const;
  static Result<Ready> decode(std::string_view text);
};

/// An Error on its way to the other side, which does not print it again. Printable when decoded: it
/// reaches those who wait.
struct Failure {
  Error error;
  std::string encode() const;
  static Result<Failure> decode(std::string_view text, Peer from);
};

}  // namespace chainer::wire
