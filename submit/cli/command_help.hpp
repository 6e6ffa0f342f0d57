// What the help and the manual page say about the commands.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chainer::cli {

inline constexpr std::string_view program_sentence = "Runs an estimator as a Slurm job.";

struct OptionHelp {
  std::string names;  ///< "-o, --output", or "FILE" for a positional one
  std::string value;  ///< what the option takes; empty: nothing
  std::string sentence;
  bool is_required{false};
};

struct CommandHelp {
  std::string name, sentence;
  std::vector<OptionHelp> arguments, options;
};

/// Every command, from the definition that the command line is read by.
std::vector<CommandHelp> describe_commands();

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
