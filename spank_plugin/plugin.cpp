// The SPANK plugin: which hook does what, in which context. Each hook is one line through a guard,
// so that nothing crosses the C boundary but an int. The work is in login_side and node_side.
//
//   srun, sbatch, salloc   option callbacks    check the syntax, before there is a job
//                          init_post_opt       add what the job and variables say; refuse what is
//                                              wrong, can do nothing, or cannot be carried; resolve
//                                              a tag once, for all nodes; pass all of it on
//                          local_user_init     srun: mention which of the job's options do nothing,
//                                              tell the nodes where it was asked to start tasks, and
//                                              what the registry said of a tag meanwhile
//   slurmstepd             option callbacks    keep the raw values
//                          init_post_opt       make the channel that the tasks share
//                          task_post_fork      tell task 0 that it is inside the step's cgroup
//                          task_init_privileged   task 0 prepares, and notes it in the node's log;
//                                              the others wait; capabilities are kept
//                          task_init           enter the container, drop every capability
//                          task_exit           when the last task has ended: save the container,
//                                              where it was asked for, and say when its job's layer
//                                              is full
//                          exit                take away what others find the step by
//
// What fails ends the command or the task by itself. A failing hook would do the same where
// plugstack.conf says `required`; where it says `optional`, Slurm would go on without us, on the
// host.

extern "C" {
#include <slurm/spank.h>
}

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>

#include "spank_plugin/asked_folder.hpp"
#include "spank_plugin/carried_options.hpp"
#include "spank_plugin/command_output.hpp"
#include "spank_plugin/current_directory.hpp"
#include "spank_plugin/held_termination.hpp"
#include "spank_plugin/login_side.hpp"
#include "spank_plugin/node_side.hpp"
#include "spank_plugin/options.hpp"
#include "spank_plugin/plugstack_arguments.hpp"
#include "spank_plugin/report.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/spank_facts.hpp"
#include "spank_plugin/variables.hpp"

namespace chainer {
namespace {

constexpr int ok = 0;
constexpr int failed = -1;

/// The job that an srun is called in.
struct OuterJob {
  std::string id;
  std::string submitted_from;
};

/// For an srun that has not yet asked for a job of its own: after that the variables are the new
/// job's.
std::optional<OuterJob> outer_job() {
  const char* id = std::getenv("SLURM_JOB_ID");
  const char* submitted_from = std::getenv("SLURM_SUBMIT_DIR");
  if (id == nullptr || submitted_from == nullptr) return std::nullopt;
  return OuterJob{id, submitted_from};
}

/// The one global: SPANK's callbacks carry no pointer of ours.
struct Plugin {
  PlugstackArguments arguments;
  LoginSide login;
  std::optional<OuterJob> outer_job;  ///< of an srun
  NodeSide node;
};
Plugin plugin;

// ---- srun, sbatch, salloc -------------------------------------------------------------------

/// What Slurm does when a required plugin fails: nothing has been asked of the controller yet.
[[noreturn]] void end_command() {
  const char* code = std::getenv("SLURM_EXIT_ERROR");
  const int asked_for = code == nullptr ? 0 : std::atoi(code);
  std::exit(asked_for == 0 ? 1 : asked_for);
}

int take_on_login_side(const OptionSpec& spec, const char* argument) {
  const std::string value = argument == nullptr ? "" : argument;
  const bool is_alone = argument == nullptr || spec.is_flag();
  if (value.empty() && spec.alone != nullptr && !is_alone) {  // what an unset shell variable leaves
    report_to_caller({std::string("--") + spec.name + ": the value is empty", ""});
    return failed;
  }
  if (auto checked = check_option(spec, value); !checked) {
    report_to_caller(std::move(checked).error().within(std::string("--") + spec.name));
    return failed;
  }
  plugin.login.take(spec, value);
  return ok;
}

Error cannot_pass_on() {
  return {"cannot pass the --chainer options on to the job", "", 0, Fault::try_again};
}

/// A step has srun's environment.
Result<void> pass_on_to_step(const std::string& text) {
  if (::setenv(carried_variable, text.c_str(), 1) != 0) return cannot_pass_on();
  return {};
}

/// Slurm puts what spank_job_control_setenv is told into a job's environment, even one that sbatch
/// reads from a file.
Result<void> pass_on(spank_t spank, const RawOptions& options) {
  if (options.is_empty() && std::getenv(carried_variable) == nullptr) return {};
  TRY_ASSIGN(const auto text, carried_text(options));
  TRY(pass_on_to_step(text));
  if (spank_job_control_setenv(spank, carried_name, text.c_str(), 1) != ESPANK_SUCCESS)
    return cannot_pass_on();
  return {};
}

Result<void> settle_component(spank_t spank) {
  TRY(plugin.login.settle(this_command(), plugin.arguments.conf_path()));
  const auto& options = plugin.login.options();
  if (!options.is_empty() && plugin.arguments.error()) return *plugin.arguments.error();
  return pass_on(spank, options);
}

int on_local_post_opt(spank_t spank) {
  if (this_command() == Command::srun) {
    plugin.outer_job = outer_job();
  } else {
    // When this command runs inside a step, the variable is that step's; those of the new job set
    // it themselves.
    ::unsetenv(asked_variable);
  }
  auto settled = settle_component(spank);
  if (settled) return ok;
  report_to_caller(settled.error());
  end_command();
}

/// When an srun stands in Slurm's fallback folder and this host lacks its batch job's folder, the
/// latter counts: it was Slurm, and not the script, that went to the fallback.
std::optional<AskedFolder> folder_that_slurm_lacked() {
  constexpr std::size_t longest_line = 1024 * 1024;
  if (!plugin.outer_job || current_directory() != slurms_fallback) return std::nullopt;
  const auto& [id, submitted_from] = *plugin.outer_job;
  const auto line = output_of({"scontrol", "--oneliner", "show", "job", id}, longest_line);
  auto folder = line ? folder_of_batch_job(*line, submitted_from) : std::nullopt;
  return folder && ::access(folder->path.c_str(), X_OK) != 0 ? folder : std::nullopt;
}

/// Where a node does not have the folder, Slurm starts the tasks in /tmp and says nothing to us.
void tell_the_nodes_the_folder(spank_t spank) {
  int words_of_command = 0;
  char** command = nullptr;
  spank_get_item(spank, S_JOB_ARGV, &words_of_command, &command);
  auto asked = asked_folder(
      options_of_srun(static_cast<std::size_t>(std::max(words_of_command, 0))),
      [](const char* name) -> std::optional<std::string> {
        const char* value = ::getenv(name);
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
      },
      current_directory());
  if (asked.by == AskedFolder::By::place) asked = folder_that_slurm_lacked().value_or(asked);
  ::setenv(asked_variable, asked.to_text().c_str(), 1);
}

/// What is wrong with the tag is reported here, and ends the tasks: a hook that failed would leave
/// behind a step that nobody starts or ends.
int finish_resolution() {
  const auto finished = plugin.login.finish();
  if (finished && !*finished) return ok;
  if (!finished) report_to_caller(finished.error());
  // The job has its environment by now, and srun of a heterogeneous job ends where it is given more.
  const auto text = carried_text(plugin.login.options());
  const auto passed = text ? pass_on_to_step(*text) : Result<void>(text.error());
  if (passed) return ok;
  report_to_caller(passed.error());
  return failed;
}

int on_local_user_init(spank_t spank) {
  if (auto fits = check_what_comes_before(command_line(spank), plugin.login.options()); !fits) {
    report_to_caller(fits.error());
    return failed;
  }
  mention_idle_options(plugin.login.options());  // not earlier: srun's --quiet has effect by now
  if (asks_for_something(plugin.login.options())) tell_the_nodes_the_folder(spank);
  return finish_resolution();
}

// ---- slurmstepd -----------------------------------------------------------------------------

int on_remote_post_opt(spank_t spank) {
  if (plugin.arguments.error()) plugin.node.keep(*plugin.arguments.error());
  const auto kind = kind_of_step(spank);
  plugin.node.open(job_environment(spank), kind);
  // The sruns of a batch script inherit the variable; a step's tasks have no use for it.
  if (kind == StepKind::tasks && plugin.node.has_carried_options())
    spank_unsetenv(spank, carried_variable);
  return ok;
}

int on_exit(spank_t spank) {
  const bool is_slurmstepd = spank_context() == S_CTX_REMOTE;
  if (is_slurmstepd && plugin.node.has_work())
    plugin.node.close(describe_step(spank), plugin.arguments.conf_path());
  return ok;
}

int on_task_post_fork(spank_t spank) {
  plugin.node.task_is_attached(local_task(spank), process_of_task(spank));
  return ok;
}

int on_task_exit(spank_t spank) {
  if (!plugin.node.minds_ends_of_tasks() ||
      !plugin.node.was_last(number_of_local_tasks(spank), end_of_task(spank)))
    return ok;
  const Step step = describe_step(spank);
  if (const auto lack = plugin.node.lack_of_room_in_layer(step, plugin.arguments.conf_path()))
    report(step, *lack);
  const auto saved = plugin.node.save(step, plugin.arguments.conf_path());
  if (saved) return ok;
  report(step, saved.error());
  return failed;
}

// ---- a task ---------------------------------------------------------------------------------

int on_task_init_privileged(spank_t spank) {
  if (!plugin.node.has_work()) return ok;
  const HeldTermination held;
  const Step step = describe_step(spank);
  const int task = local_task(spank);
  auto prepared = plugin.node.prepare(step, task, plugin.arguments.conf_path());
  if (task == 0) {
    note_in_log(step, plugin.node.record());
    if (auto counted = plugin.node.count_preparation(); !counted)
      note_in_log(step, std::move(counted).error());
  }
  if (prepared) return ok;
  report(step, prepared.error());
  plugin.node.give_up(task);
  return failed;
}

/// Tasks that prepared nothing have nothing to tell, whatever the job's environment says.
void tell_what_was_prepared(spank_t spank) {
  spank_unsetenv(spank, prepared_variable);
  if (local_task(spank) != 0) return;
  auto lines = plugin.node.record().json_lines(describe_step(spank));
  lines.pop_back();  // the last line's end: whoever prints a variable adds one
  spank_setenv(spank, prepared_variable, lines.c_str(), 1);
}

int on_task_init(spank_t spank) {
  if (plugin.node.only_prepares()) tell_what_was_prepared(spank);
  if (!plugin.node.has_container()) return ok;
  const TaskEnvironment environment{
      [&](const std::string& name) { return variable_of(job_environment(spank), name); },
      [&](const std::string& name, const std::string& value) {
        spank_setenv(spank, name.c_str(), value.c_str(), 1);
      },
      [&](const std::string& name) { spank_unsetenv(spank, name.c_str()); },
      [&] { return names_of(job_environment(spank)); }};
  const auto command = command_line(spank);
  auto entered = plugin.node.enter(environment, command, own_command(spank));
  if (!entered) {
    if (local_task(spank) == 0) report(describe_step(spank), entered.error());
    return failed;
  }
  if (kind_of_step(spank) != StepKind::script || command.empty()) return ok;
  if (const auto missing = plugin.node.missing_for_script(command[0], environment))
    report(describe_step(spank), *missing);
  return ok;
}

// ---- the C boundary -------------------------------------------------------------------------

/// Runs a hook; whatever it throws (memory, in effect) becomes a failure of the hook.
template <typename Hook>
int guarded(Hook&& hook) noexcept {
  try {
    return hook();
  } catch (const std::exception& failure) {
    slurm_error("chainer: %s", failure.what());
  } catch (...) {
    slurm_error("chainer: unknown failure");
  }
  return failed;
}

/// A hook that may not fail in slurmstepd, where that would drain the node or let the step run bare
/// on the host. The failure waits for task_init_privileged.
template <typename Hook>
int guarded_early(Hook&& hook) noexcept {
  const int code = guarded(hook);
  if (code == ok || spank_context() != S_CTX_REMOTE) return code;
  plugin.node.keep_out_of_memory();
  return ok;
}

/// A task whose hook failed must not run on the host.
template <typename Hook>
int guarded_task(Hook&& hook) noexcept {
  if (guarded(hook) != ok) ::_exit(1);
  return ok;
}

int guarded_option(int which, const char* argument, int remote) noexcept {
  return guarded_early([&] {
    const auto& spec = option_specs.at(static_cast<std::size_t>(which));
    if (remote == 0) return take_on_login_side(spec, argument);
    plugin.node.take(spec, argument);
    return ok;
  });
}

/// A thread's first throw makes its thread-local data; without memory for that the process ends,
/// with no exception to catch. Once the data is there, a later bad_alloc can be caught.
void make_exceptions_work_without_memory() noexcept {
  [[maybe_unused]] const volatile int made = std::uncaught_exceptions();
}

int on_init(spank_t spank, int count, char** arguments) {
  plugin.arguments.read(count, arguments);
  const auto context = spank_context();
  if (context != S_CTX_LOCAL && context != S_CTX_ALLOCATOR && context != S_CTX_REMOTE) return ok;
  constexpr int required_argument = 1, optional_argument = 2;  // as getopt_long has them
  for (const auto& spec : option_specs) {
    // Slurm copies the strings; it only lacks the const.
    spank_option option{const_cast<char*>(spec.name),
                        const_cast<char*>(spec.is_flag() ? "yes|no" : spec.argument),
                        const_cast<char*>(spec.help),
                        spec.alone != nullptr ? optional_argument : required_argument,
                        static_cast<int>(spec.option),
                        guarded_option};
    if (spank_option_register(spank, &option) != ESPANK_SUCCESS) {
      slurm_error("chainer: cannot register --%s", spec.name);
      return failed;
    }
  }
  return ok;
}

int on_init_post_opt(spank_t spank) {
  switch (spank_context()) {
    case S_CTX_LOCAL:
    case S_CTX_ALLOCATOR: return on_local_post_opt(spank);
    case S_CTX_REMOTE: return on_remote_post_opt(spank);
    default: return ok;
  }
}

}  // namespace
}  // namespace chainer

using namespace chainer;

extern "C" {

// SPANK_PLUGIN(chainer, 1) by hand: in C++ its constants would have internal linkage.
extern const char plugin_name[] = "chainer";
extern const char plugin_type[] = "spank";
extern const unsigned int plugin_version = SLURM_VERSION_NUMBER;
extern const unsigned int spank_plugin_version = 1;

int slurm_spank_init(spank_t spank, int count, char* arguments[]) {
  make_exceptions_work_without_memory();
  return guarded_early([&] { return on_init(spank, count, arguments); });
}
int slurm_spank_init_post_opt(spank_t spank, int, char*[]) {
  return guarded_early([&] { return on_init_post_opt(spank); });
}
int slurm_spank_local_user_init(spank_t spank, int, char*[]) {
  return guarded([&] { return on_local_user_init(spank); });
}
int slurm_spank_exit(spank_t spank, int, char*[]) {
  return guarded_early([&] { return on_exit(spank); });
}
int slurm_spank_task_post_fork(spank_t spank, int, char*[]) {
  return guarded([&] { return on_task_post_fork(spank); });
}
int slurm_spank_task_exit(spank_t spank, int, char*[]) {
  return guarded([&] { return on_task_exit(spank); });
}
int slurm_spank_task_init_privileged(spank_t spank, int, char*[]) {
  return guarded_task([&] { return on_task_init_privileged(spank); });
}
int slurm_spank_task_init(spank_t spank, int, char*[]) {
  return guarded_task([&] { return on_task_init(spank); });
}

}  // extern "C"
