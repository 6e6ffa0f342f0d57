// What the image says about its environment, as chainer-node wrote it into /opt/chainer/image.conf.
// The task itself reads it, as the user, inside the container: root never looks at it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace chainer {

inline constexpr char image_conf_path[] = "/opt/chainer/image.conf";
inline constexpr char env_prefix[] = "/opt/chainer/env";
/// The same of an environment, where its file sets variables.
inline constexpr char env_conf_path[] = "/opt/chainer/env/environment.conf";

using Variable = std::pair<std::string, std::string>;

struct ImageEnvironment {
  std::vector<Variable> variables;
  std::string workdir;  ///< absolute, or empty
  /// Empty where the image has none; nothing where an earlier version made the entry without noting
  /// it.
  std::optional<std::vector<std::string>> entrypoint{};
};

/// Records `env=NAME=VALUE`, `workdir=PATH`, `keeps=entrypoint` and `entrypoint=WORD`, each ended by
/// a NUL. Other records and those that make no sense are passed over: an image may be older or newer
/// than this plugin.
ImageEnvironment parse_image_conf(std::string_view text);

/// Reads image_conf_path or env_conf_path; where there is none, nothing is set.
Result<ImageEnvironment> read_environment_conf(const char* path);

/// The variables that the task gets from the image: all but those that Slurm, PMIx and the GPU
/// plugins set, those that say who the account is, and those in `kept`.
std::vector<Variable> variables_for_task(const ImageEnvironment& image,
                                         const std::vector<std::string>& kept);

/// Which of `names` match a pattern of `drop` (NAME, or NAME* for all that begin so), without those
/// in `kept`.
std::vector<std::string> dropped_variables(const std::vector<std::string>& names,
                                           const std::vector<std::string>& drop,
                                           const std::vector<std::string>& kept);

/// HOME, USER and LOGNAME of an account according to a passwd file's text; empty when it is not
/// there.
std::vector<Variable> account_variables(std::string_view passwd, uid_t uid);

}  // namespace chainer
