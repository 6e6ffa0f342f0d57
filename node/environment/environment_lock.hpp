// What an environment is made of, exactly: the JSON text beside a run from which it can be made
// again.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/digest.hpp"
#include "core/result.hpp"

namespace chainer::environment {

struct LockedPackage {
  std::string name;
  std::string version;              ///< empty when `url` is given
  std::string url;                  ///< where the person named a place instead of a version
  std::vector<std::string> hashes;  ///< `sha256:…`, of every file that may serve
  friend bool operator==(const LockedPackage&, const LockedPackage&) = default;
};

/// A conda package, with all that installing it needs to know.
struct LockedCondaPackage {
  std::string name, version, build, subdir;
  std::string url;          ///< holds no credentials
  std::string sha256, md5;  ///< hex; one of them may be empty
  std::string noarch;       ///< "python", "generic" or empty
  std::string python_site_packages_path;
  std::uint64_t build_number{0}, size{0};
  std::vector<std::string> depends;
  friend bool operator==(const LockedCondaPackage&, const LockedCondaPackage&) = default;
};

struct EnvironmentLock {
  Digest image;
  std::string python;  ///< "3.11.2": the image's, or that of the conda packages
  std::string builder, builder_version;
  std::string build_constraints;  ///< what source packages are built with, in requirements form
  std::vector<LockedPackage> packages;
  std::string startup{};  ///< what each Python of the environment runs when it starts: a .pth file
  std::string conda_builder{};              ///< "py-rattler 0.28.0"; empty without conda packages
  std::vector<LockedCondaPackage> conda{};  ///< in the order in which they are installed
  /// Variables that the environment sets for whoever uses it.
  std::vector<std::pair<std::string, std::string>> variables{};
  /// The digest of the lock of the curated environment whose versions were preferred, and which may
  /// provide what both have. `packages` lists all of them, so the environment can also be built
  /// without it.
  std::optional<Digest> base{};

  /// JSON, one package per line. The store knows an environment by the digest of these bytes
  /// (core/store_entry.hpp, environment_key), so the lock does not name it.
  std::string to_text() const;
  static Result<EnvironmentLock> parse(std::string_view text);
  /// True when the text starts as a lock does: a file that means to be one, intact or broken.
  static bool starts(std::string_view text);

  /// Of pip and of conda.
  std::size_t number_of_packages() const { return packages.size() + conda.size(); }
  /// "1 package", "12 packages"
  std::string count_of_packages() const;

  /// The packages as a requirements file with hashes, which is what the builder installs from.
  std::string requirements() const;
  /// Reads such a file, as `uv pip compile --generate-hashes` writes it.
  static Result<std::vector<LockedPackage>> parse_requirements(std::string_view text);
};

/// Whether these packages of two locks mean the same files, whatever an index has added since.
bool is_same_package(const LockedPackage& one, const LockedPackage& other);

/// The form that locks have, and that the conda builder writes and reads.
nlohmann::json to_json(const LockedCondaPackage& package);
Result<LockedCondaPackage> conda_package_from(const nlohmann::json& object);

/// SHA-256 over parts of any bytes; each is preceded by its length, so that no two lists read
/// alike.
Digest digest_of(const std::vector<std::string_view>& parts);

}  // namespace chainer::environment
