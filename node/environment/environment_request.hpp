// What a user's side asks the store's side for when it wants an environment: Hello::request.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/digest.hpp"
#include "core/result.hpp"

namespace chainer::environment {

// What follows `hello`:
//   user:  environment_lock, at once, when the person gave a lock
//   store: environment_lock, another node's answer to the same question; or environment_resolve:
//          the user's side resolves and sends environment_lock
//   store: ready; or environment_build: the user's side sends the tree as tar, in `data` and `end`
//          frames of stream 0, and gets `ready`. Where its payload is `difference_only`, the tree is
//          what there is beyond the curated environment `base`, with whiteouts as OCI layers have
//          them for what there is not
// While it works the user's side sends `alive`.
inline constexpr std::string_view difference_only = "difference";

struct EnvironmentRequest {
  Digest image;
  /// Digest of all that decides a resolution's outcome but the index's content: the requirements,
  /// the file's identity, the index configuration, the builder; no credentials. Empty: a lock
  /// follows instead.
  std::optional<Digest> question;
  /// Digest of the lock of a curated environment that is at hand where this one is built.
  std::optional<Digest> base{};

  /// Names the resolution among those of `owner`.
  static Digest key_for(const Digest& image, const Digest& question, uid_t owner);

  std::string encode() const;
  static Result<EnvironmentRequest> decode(std::string_view text);
};

}  // namespace chainer::environment
