// A user's side's request for an environment: the text in Hello::request.
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
//   store: ready; or environment_build: the user's side sends the tree as tar, in `data` and `end`
//          frames of stream 0, and gets `ready`. With the payload `difference_only` the tree holds
//          only what the environment adds to the curated environment `base`, and OCI whiteouts for
//          what it does not have of it
// While it works the user's side sends `alive`.
inline constexpr std::string_view difference_only = "difference";

struct EnvironmentRequest {
  Digest image;
  /// Digest of everything that decides a resolution's outcome except the index's content: the
  /// requirements, the file's identity, the index configuration, the builder; no credentials.
  /// Empty: a lock follows instead.
  std::optional<Digest> question;
  /// Digest of the lock of a curated environment that can be seen where this one is built.
  std::optional<Digest> base{};

  /// The resolution's name among those of `owner`.
  static Digest key_for(const Digest& image, const Digest& question, uid_t owner);

  std::string encode() const;
  static Result<EnvironmentRequest> decode(std::string_view text);
};

}  // namespace chainer::environment
