// Where a site or a user says that a registry's images are to be had: containers-registries.conf(5), as
// podman and skopeo read it, in version 2 of its format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/image_ref.hpp"
#include "core/result.hpp"

namespace chainer::source {

class RegistriesConf {
 public:
  enum class PullFrom { anything, digests, tags };

  struct Mirror {
    std::string location;
    PullFrom pull{PullFrom::anything};
  };

  struct Registry {
    std::string prefix;    ///< of HOST[:PORT]/REPOSITORY, or `*.` before the end of a host
    std::string location;  ///< in the prefix's place; empty: as it was written
    bool blocked{false};
    std::vector<Mirror> mirrors{};
  };

  /// The files of this account and this machine: $CONTAINERS_REGISTRIES_CONF alone, or
  /// ~/.config/containers/registries.conf, else /etc/containers/registries.conf; then the *.conf in
  /// registries.conf.d of both folders, the user's last. Where there are none, nothing is said of any
  /// registry.
  static Result<RegistriesConf> of_this_account();

  /// Adds what a file says; a [[registry]] of a prefix that is known takes the place of the other.
  Result<void> add(std::string_view text);

  /// The places to ask for an image, in order: the mirrors of its registry, and last the registry
  /// itself, or what `location` names in its place. One at least. The user's fault where the
  /// registry is blocked.
  Result<std::vector<RegistryRef>> places_of(const RegistryRef& reference) const;

 private:
  const Registry* find(std::string_view name) const;

  std::vector<Registry> registries_{};
};

}  // namespace chainer::source
