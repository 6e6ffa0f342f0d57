// chainer-submit's own command line; help comes from the one definition of it.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/command_line/command_help.hpp"
#include "core/command_line/completion.hpp"
#include "submit/run/exit_code.hpp"

namespace chainer::cli {

enum class Command {
  submit,
  check,
  render,
  follow,
  status,
  cancel,
  list,
  logs,
  import,
  init,
  explain,
  schema,
  versions,
  targets,
  doctor,
  probe_mpi,
  site_show,
  site_init,
  recipes_build,
  completion,
  complete
};

enum class Format { text, json };

struct CommandLine {
  Command command{Command::submit};
  std::string template_file;  ///< --template; empty: the site's, or the program's own
  std::string file;           ///< of submit, check, render, import, init; of explain: where to look
  std::string run;            ///< of follow, status, logs and cancel: a run folder or its name
  int rank{-1};               ///< of logs: whose output; -1: the job's
  std::optional<std::size_t> most_runs{};  ///< of list; empty: the usual number
  std::string key;                         ///< of explain; empty: all
  std::string shell;                       ///< of completion
  /// Of complete: what is typed so far. Of recipes build: options for srun.
  std::vector<std::string> words{};
  std::string plugin_conf;             ///< of recipes build; empty: where chainer-node looks
  std::vector<std::string> recipes{};  ///< of recipes build: versions; empty: all
  std::string output;  ///< of render, import, init, recipes build: what to make; empty: see there
  std::string site_file;               ///< empty: $CHAINER_SUBMIT_SITE or the default
  std::vector<std::string> overrides;  ///< --set
  Format format{Format::text};
  bool follow{false};
  bool force{false};  ///< of import: replace the file that is there
  bool online{false};
  bool is_plan{false};          ///< of render: the file is a plan
  std::string runs_folder;      ///< of site init: the folder of all runs
  std::string default_image;    ///< of site init: for runs that name none
  bool is_of_all_nodes{false};  ///< of doctor
  bool is_of_gpus{false};       ///< of doctor
  std::string gpu_image;        ///< of doctor: to measure in; empty: the site's for GPUs
  std::string target;           ///< of probe mpi: where; empty: as Slurm does without one
  std::string probed_image;     ///< of probe mpi; empty: the site's
  int nodes{2};                 ///< of probe mpi
  bool is_of_site{false};       ///< of schema: the site file's, not the estimator's
};

/// The answer to a command line that asks only for text (--help, --version), or that is wrong.
struct CommandLineText {
  std::string text;
  run::ExitCode code{run::ExitCode::done};
};

std::variant<CommandLine, CommandLineText> parse_command_line(std::vector<std::string> arguments);

/// Every command, from the definition that the command line is read by.
std::vector<CommandHelp> describe_commands();

/// What may stand in the place of the last of `words`; `known` are the words of keys and runs.
Completion complete_words(const std::vector<std::string>& words, const ValueWords& known);

}  // namespace chainer::cli
