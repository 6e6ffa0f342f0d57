// What an environment is made of, exactly: the JSON text beside a run that makes it again.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/result.hpp"

namespace chainer {

struct LockedPackage {
  std::string name;
  std::string version;              ///< empty when `url` is given
  std::string url;                  ///< where the person named a place instead of a version
  std::vector<std::string> hashes;  ///< `sha256:…`, of every file that may serve
  friend bool operator==(const LockedPackage&, const LockedPackage&) = default;
};

struct EnvironmentLock {
  Digest image;
  std::string source;  ///< the file that was resolved, by its name alone
  std::string python;  ///< "3.11.2", the image's
  std::string builder, builder_version;
  std::string build_constraints;  ///< what source packages are built with, in requirements form
  std::vector<LockedPackage> packages;

  /// Names the store entry of `owner`: image, packages, build constraints and builder count.
  Digest key_for(uid_t owner) const;
  /// JSON that starts as EnvLockHead says, a package a line.
  std::string to_text(uid_t owner) const;
  static Result<EnvironmentLock> parse(std::string_view text);

  /// The packages as a requirements file with hashes, which is what the builder installs from.
  std::string requirements() const;
  /// Reads such a file, as `uv pip compile --generate-hashes` writes it.
  static Result<std::vector<LockedPackage>> parse_requirements(std::string_view text);
};

/// SHA-256 over parts of any bytes; each is preceded by its length, so that no two lists read
/// alike.
Digest digest_of(const std::vector<std::string_view>& parts);

}  // namespace chainer
