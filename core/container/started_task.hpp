// A task whose container another runtime starts, and the files that the plugin leaves for it in a
// folder of the task's own. chainer-runtime reads them as the job's user: on the host, where it
// becomes the runtime, and in the container, where it becomes the command.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/container/task_environment.hpp"
#include "core/container/time_zone.hpp"
#include "core/container/working_directory.hpp"
#include "core/result.hpp"

namespace chainer {

/// Names the task's folder on the host. The command never sees it.
inline constexpr char task_folder_variable[] = "CHAINER_SUBMIT_TASK_FOLDER";

/// In that folder: the runtime's command line, up to the first argument of the task's command.
inline constexpr char words_file[] = "words";
/// In that folder: what the container is shown of it, at told_place.
inline constexpr char told_folder[] = "told";
/// There: what StartedTask holds.
inline constexpr char task_file[] = "task";
/// There: the variables of the task as Slurm has set them, of which a runtime would change some.
inline constexpr char environment_file[] = "environment";

inline constexpr char told_place[] = "/opt/chainer/task";
/// chainer-runtime, in the container.
inline constexpr char start_program[] = "/opt/chainer/start";

struct StartedTask {
  TaskSettings settings;
  TimeZone zone_of_host;
  std::string workdir;  ///< --chainer-workdir, or empty
  JobsFolder of_job;
  mode_t umask{022};
  bool entrypoint{false};  ///< the image's comes before the command
  std::string command;     ///< its first word

  std::string to_text() const;
  static Result<StartedTask> parse(std::string_view text);
};

/// Each with a NUL behind it, and back. No word and no variable holds one.
std::string to_records(const std::vector<std::string>& words);
std::vector<std::string> from_records(std::string_view text);

}  // namespace chainer
