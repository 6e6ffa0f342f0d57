// What an environment is made of, exactly: the JSON text beside a run that makes it again.
#pragma once

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
  std::string python;  ///< "3.11.2", the image's
  std::string builder, builder_version;
  std::string build_constraints;  ///< what source packages are built with, in requirements form
  std::vector<LockedPackage> packages;
  std::string startup{};  ///< what each Python of the environment runs when it starts: a .pth file

  /// JSON, a package a line. What an environment is known by in the store is the digest of these
  /// bytes (core/store_entry.hpp, environment_key): a lock does not say it of itself.
  std::string to_text() const;
  static Result<EnvironmentLock> parse(std::string_view text);
  /// True when a file means to be a lock, whole or broken: it starts as one does.
  static bool starts(std::string_view text);

  /// The packages as a requirements file with hashes, which is what the builder installs from.
  std::string requirements() const;
  /// Reads such a file, as `uv pip compile --generate-hashes` writes it.
  static Result<std::vector<LockedPackage>> parse_requirements(std::string_view text);
};

/// SHA-256 over parts of any bytes; each is preceded by its length, so that no two lists read
/// alike.
Digest digest_of(const std::vector<std::string_view>& parts);

}  // namespace chainer
