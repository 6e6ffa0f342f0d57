// What the help and the manual page say about the commands.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace chainer::cli {

inline constexpr std::string_view program_sentence = "Runs an estimator as a Slurm job.";

struct Example {
  std::string_view command, sentence;
};
std::span<const Example> examples();

struct ExitStatus {
  int code;
  std::string_view meaning;
};
std::span<const ExitStatus> exit_statuses();

/// What stands below the list of commands in --help.
std::string help_footer();

}  // namespace chainer::cli
