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

/// In that folder: the command line of a runtime that the task becomes, or of one that starts the
/// container in the background and ends, so that the task stays beside it.
inline constexpr char words_file[] = "words";
inline constexpr char background_words_file[] = "background-words";
/// In the second one: the number of further descriptors that the container gets. Only the task
/// knows it, and changes the word that follows.
inline constexpr char descriptors_option[] = "--preserve-fds";
/// In that folder: what the container is shown of it, at told_place.
inline constexpr char told_folder[] = "told";
/// There: what StartedTask holds.
inline constexpr char task_file[] = "task";
/// There: the variables of the task as Slurm has set them, of which a runtime would change some.
inline constexpr char environment_file[] = "environment";
/// There: the arguments of its command, which a runtime's own files cannot all hold.
inline constexpr char arguments_file[] = "arguments";
/// There: what a Handover holds, for a container in the background.
inline constexpr char handover_file[] = "handover";

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
