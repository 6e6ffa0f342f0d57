// The first bytes of an environment lock: enough to find the environment without reading JSON.
#pragma once

#include <string>
#include <string_view>

#include "core/digest.hpp"
#include "core/result.hpp"

namespace chainer {

/// A lock is a JSON object whose text starts with exactly what to_string writes. The node finds the
/// store entry from it alone; the rest says how to build the entry again.
struct EnvLockHead {
  Digest image;  ///< the image that the environment was built in
  Digest key;    ///< the store entry, `users/<uid>/<key>` or, for a curated one, `public/<key>`

  /// `{"chainer_env_lock":1,"image":"sha256:…","key":"…"` — the caller goes on with `,` or `}`.
  std::string to_string() const;
  /// Reads the head from the start of `text`; a broken one is the user's to delete.
  static Result<EnvLockHead> parse(std::string_view text);
  /// True when the file means to be a lock, whole or broken: it starts as one does.
  static bool starts(std::string_view text);

  static constexpr std::size_t encoded_size = 176;
};

}  // namespace chainer
