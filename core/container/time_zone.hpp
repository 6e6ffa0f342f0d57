// The node's time zone, for images that have one of their own or none.
#pragma once

#include <string>
#include <string_view>

namespace chainer {

/// What a node's /etc/localtime says.
struct TimeZone {
  std::string name;  ///< such as Europe/Berlin; empty when it cannot be known
  std::string rule;  ///< the same as a POSIX rule, such as CET-1CEST,M3.5.0,M10.5.0/3; or empty

  /// That of the host, which the task still sees.
  static TimeZone of_host();

  /// The value of TZ for the container that the task sees now: the name where the container knows
  /// it, else the rule. Mounting the host's file would not do: an image's /etc/localtime is mostly
  /// a link to another zone's file, and the mount would change that zone for those who ask for it.
  std::string in_container() const;
};

/// The name of the zone that a link's target stands for; empty when it is none.
std::string zone_of_link(std::string_view target);

/// The rule at the end of a zone's file; empty when there is none.
std::string rule_of_zone_file(std::string_view bytes);

}  // namespace chainer
