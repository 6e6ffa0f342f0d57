// The program that starts a container: the plugin itself, or one of the site's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace chainer {

enum class Runtime {
  native,       ///< the plugin's own
  apptainer,    ///< as the user, in a user namespace or by its setuid helper
  singularity,  ///< the same under its earlier name, or SingularityCE
  podman,       ///< as the user, without any of podman's own storage
};

std::string name_of(Runtime runtime);

/// Whether it ends once the container runs, and something else must wait for that.
bool starts_in_background(Runtime runtime);

/// Whether it starts from the whole root folder that the plugin puts together, in which everything
/// is mounted already. The others are told what to mount.
bool takes_whole_root(Runtime runtime);

/// The runtime of that name, in lower case. The error lists the names.
Result<Runtime> parse_runtime(std::string_view name);

/// Several, with commas between them.
Result<std::vector<Runtime>> parse_runtimes(std::string_view names);

/// The names with commas between them.
std::string names_of(const std::vector<Runtime>& runtimes);

}  // namespace chainer
