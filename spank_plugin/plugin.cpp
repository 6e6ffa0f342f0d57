// The SPANK plugin: which hook does what, in which context. Each hook is one line through
// `guarded`, so that nothing crosses the C boundary but an int. The work is in the files beside
// this one.
//
//   srun, sbatch, salloc   option callbacks    check the syntax, before there is a job
//                          init_post_opt       check the variables; refuse what can do nothing;
//                                              remember every --chainer-mount
//                          local_user_init     srun: resolve a tag once, for all nodes; mention
//                                              which of the job's options do nothing in this step
//   slurmstepd             option callbacks    keep the raw values
//                          init_post_opt       make the channel that the tasks share
//                          task_post_fork      tell task 0 that it is inside the step's cgroup
//                          task_init_privileged   task 0 prepares, the others wait; capabilities
//                                              are kept
//                          task_init           enter the container, drop every capability

extern "C" {
#include <slurm/spank.h>
}

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <exception>
#include <memory>
#include <vector>

#include "core/fd_io.hpp"
#include "core/printable.hpp"
#include "spank_plugin/asked_folder.hpp"
#include "spank_plugin/container.hpp"
#include "spank_plugin/login_side.hpp"
#include "spank_plugin/options.hpp"
#include "spank_plugin/preparation.hpp"
#include "spank_plugin/privileges.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"
#include "spank_plugin/task_prolog.hpp"

namespace chainer {
namespace {

constexpr char default_conf_path[] = "/etc/chainer/plugin.conf";
constexpr int ok = 0;
constexpr int failed = -1;

/// The one global: SPANK's callbacks carry no pointer of ours.
struct Plugin {
  RawOptions options;
  std::string conf_path{default_conf_path};
  std::unique_ptr<StepChannel> channel;  ///< null: this step asks nothing of us
  std::optional<Error> kept_error;       ///< met in a hook that may not fail
  bool out_of_memory{false};             ///< likewise, where not even an Error could be made
  // In a task:
  std::optional<Request> request;
  std::string task_prolog;
  SharedContainer container;
};
Plugin plugin;

// ---- what SPANK says ------------------------------------------------------------------------

template <typename T>
T item(spank_t spank, spank_item_t which, T otherwise) {
  T value = otherwise;
  return spank_get_item(spank, which, &value) == ESPANK_SUCCESS ? value : otherwise;
}

std::optional<std::string> variable_of(char* const* environment, std::string_view name) {
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
      return std::string(entry.substr(name.size() + 1));
    }
  }
  return std::nullopt;
}

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  const std::string full = name.data();
  return full.substr(0, full.find('.'));
}

/// Of slurmstepd's own environment, which no user writes.
std::string own_variable(const char* name) {
  const char* value = ::getenv(name);
  return value != nullptr ? value : "";
}

std::string current_directory() {
  std::array<char, PATH_MAX> path{};
  return ::getcwd(path.data(), path.size()) != nullptr ? path.data() : "/";
}

std::string folder_of_batch_script(spank_t spank) {
  int count = 0;
  char** arguments = nullptr;
  if (spank_get_item(spank, S_JOB_ARGV, &count, &arguments) != ESPANK_SUCCESS || count < 1)
    return {};
  const std::string script = arguments[0];
  return script.starts_with('/') ? script.substr(0, script.find_last_of('/')) : std::string();
}

Step describe_step(spank_t spank) {
  Step step;
  step.job_id = item<std::uint32_t>(spank, S_JOB_ID, 0);
  step.step_id = item<std::uint32_t>(spank, S_JOB_STEPID, 0);
  step.restart_count = item<std::uint32_t>(spank, S_SLURM_RESTART_COUNT, 0);
  step.host = host_name();
  step.node = own_variable("SLURMD_NODENAME");
  if (step.node.empty()) step.node = step.host;
  step.account.uid = item<uid_t>(spank, S_JOB_UID, static_cast<uid_t>(-1));
  step.account.gid = item<gid_t>(spank, S_JOB_GID, static_cast<gid_t>(-1));
  step.environment = item<char**>(spank, S_JOB_ENV, nullptr);
  step.pmix = find_pmix_folders(own_variable("PMIX_SERVER_TMPDIR"),
                                variable_of(step.environment, "SLURM_PMIX_TMPDIR").value_or(""),
                                step.account.uid);
  gid_t* groups = nullptr;
  int group_count = 0;
  if (spank_get_item(spank, S_JOB_SUPPLEMENTARY_GIDS, &groups, &group_count) == ESPANK_SUCCESS &&
      groups) {
    step.account.groups.assign(groups, groups + group_count);
  }
  if (step.step_id == batch_step) step.script_folder = folder_of_batch_script(spank);
  return step;
}

/// One pass over the environment, whatever the number of options: steps without any pay for it too.
void fill_options_from(char* const* environment) {
  std::vector<char*> ours;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (std::string_view(*environment).starts_with("CHAINER_SUBMIT_")) ours.push_back(*environment);
  }
  if (ours.empty()) return;
  ours.push_back(nullptr);
  plugin.options.fill_from_environment(
      [&](const char* name) { return variable_of(ours.data(), name); });
}

int local_task(spank_t spank) { return item<int>(spank, S_TASK_ID, -1); }

/// The scripts that srun is called from stay on the host, or srun would not work there.
bool stays_on_host(spank_t spank, const RawOptions& options) {
  const auto step_id = item<std::uint32_t>(spank, S_JOB_STEPID, 0);
  if (step_id == extern_step) return true;
  const bool is_script = step_id == batch_step || step_id == interactive_step;
  return is_script && !options.has(Option::batch);
}

// ---- what people see ------------------------------------------------------------------------

const char* default_hint(Fault fault) {
  switch (fault) {
    case Fault::user: return "correct the --chainer options and submit again";
    case Fault::node: return "tell an administrator: this node cannot prepare containers";
    case Fault::try_again: return "submit again";
    case Fault::defect: return "this is a defect of chainer-submit: please report it";
  }
  return "";
}

/// One write, so that the lines of several nodes do not mix.
void report(const Step& step, const Error& error) {
  if (error.what.empty()) return;  // the helper that met it has said so
  const std::string text =
      "chainer: " + step.label() + ": " + printable_lines(error.what) +
      "\nnext: " + (error.hint.empty() ? default_hint(error.fault) : printable(error.hint)) + "\n";
  [[maybe_unused]] const auto written = write_all(STDERR_FILENO, text);
}

int login_error(const std::string& context, const Error& error) {
  slurm_error("%s%s%s%s%s", context.c_str(), context.empty() ? "" : ": ", error.what.c_str(),
              error.hint.empty() ? "" : "; ", error.hint.c_str());
  return failed;
}

// ---- hooks ----------------------------------------------------------------------------------

int on_option(int which, const char* argument, int remote) {
  const auto& spec = option_specs.at(static_cast<std::size_t>(which));
  const std::string value = argument != nullptr && spec.argument != nullptr ? argument : "1";
  // On a node an error here would only be logged, and the step would run bare on the host: the
  // value is kept as it is and looked at where a failure counts.
  if (remote != 0) {
    plugin.options.set(spec.option, value);
    return ok;
  }
  if (auto checked = spec.check(value); !checked)
    return login_error(std::string("--") + spec.name, checked.error());
  plugin.options.set(spec.option, value, origin_of(spec, value));
  return ok;
}

int register_options(spank_t spank, int count, char** arguments);

/// An option that can do nothing in this step is an error when srun itself was given it. What the
/// job or a variable says is a default for steps of many kinds: of the job's, a word; of a
/// variable's, none.
int check_use_in_step() {
  const auto useless = idle_options(plugin.options, Origin::command);
  return useless.empty() ? ok : login_error("", is_idle(*useless.front()));
}

void mention_idle_options_of_job() {
  std::string names;
  for (const auto* spec : idle_options(plugin.options, Origin::job)) {
    names += std::string(names.empty() ? "" : ", ") + "--" + spec->name;
  }
  if (!names.empty())
    slurm_info("chainer: without effect in this step, which has no image: the job's %s",
               names.c_str());
}

/// What sbatch and salloc are given is for steps to come, which may name an image themselves. Only
/// --chainer-batch is for the script, and nobody else can give that one its image.
int check_use_in_job() {
  for (const auto* spec : idle_options(plugin.options, Origin::command)) {
    if (spec->option == Option::batch) return login_error("", is_idle(*spec));
  }
  return ok;
}

/// srun, sbatch and salloc: variables get the same check as options, and go on to the nodes.
int check_login_side(spank_context_t context) {
  fill_options_from(environ);
  if (plugin.options.is_empty()) return ok;
  // Of the srun that this command is perhaps part of; the job's own steps say it anew.
  if (context != S_CTX_LOCAL) ::unsetenv(asked_variable);
  for (const auto& spec : option_specs) {
    const auto& value = plugin.options.value_of(spec.option);
    if (!value) continue;
    if (auto checked = spec.check(*value); !checked)
      return login_error(spec.variable, checked.error());
  }
  const int useful = context == S_CTX_LOCAL ? check_use_in_step() : check_use_in_job();
  if (useful != ok) return useful;
  pass_on_mounts(plugin.options);
  return ok;
}

/// slurmstepd, before any task exists. May not fail: under sbatch that would drain the node.
int open_channel(spank_t spank) {
  const auto environment = item<char**>(spank, S_JOB_ENV, nullptr);
  fill_options_from(environment);
  if (!concern_the_node(plugin.options) || stays_on_host(spank, plugin.options)) return ok;
  auto channel = StepChannel::create();
  if (channel) {
    plugin.channel = *std::move(channel);
  } else {
    plugin.kept_error = std::move(channel).error();
  }
  return ok;
}

int on_init_post_opt(spank_t spank) {
  switch (spank_context()) {
    case S_CTX_LOCAL:
    case S_CTX_ALLOCATOR: return check_login_side(spank_context());
    case S_CTX_REMOTE: return open_channel(spank);
    default: return ok;
  }
}

/// Where Slurm finds no such folder on a node it starts the tasks in /tmp and says nothing to us.
void tell_the_nodes_the_folder(spank_t spank) {
  int words_of_command = 0;
  char** command = nullptr;
  spank_get_item(spank, S_JOB_ARGV, &words_of_command, &command);
  const auto asked = asked_folder(
      options_of_srun(static_cast<std::size_t>(std::max(words_of_command, 0))),
      [](const char* name) -> std::optional<std::string> {
        const char* value = ::getenv(name);
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
      },
      current_directory());
  ::setenv(asked_variable, asked.to_text().c_str(), 1);
}

int on_local_user_init(spank_t spank) {
  if (plugin.options.is_empty()) return ok;
  mention_idle_options_of_job();  // here and not earlier: srun's --quiet has effect by now
  if (!asks_for_something(plugin.options)) return ok;
  tell_the_nodes_the_folder(spank);
  auto resolved = resolve_image_tag(plugin.options, plugin.conf_path);
  if (resolved) return ok;
  return resolved.error().what.empty() ? failed : login_error("", resolved.error());
}

int on_task_post_fork(spank_t spank) {
  if (plugin.channel && local_task(spank) == 0) plugin.channel->first_task_is_attached();
  return ok;
}

/// Reads plugin.conf, and what the step asks for, which task_init needs too.
Result<PluginConf> read_request(const Step& step) {
  auto conf = load_plugin_conf(plugin.conf_path);
  if (!conf) return conf;
  const auto resolved = variable_of(step.environment, resolved_variable);
  auto request = make_request(plugin.options, resolved.value_or(""), *conf);
  if (!request) return std::move(request).error();
  plugin.request = *std::move(request);
  plugin.task_prolog = conf->task_prolog;
  return conf;
}

Result<SharedContainer> prepare_as_first_task(const Step& step) {
  auto conf = read_request(step);
  if (!conf) return std::move(conf).error();
  auto container = prepare_container(step, *plugin.request, {*std::move(conf), plugin.conf_path},
                                     *plugin.channel);
  if (!container) return std::move(container).error();
  if (auto published = plugin.channel->publish(*container); !published)
    return std::move(published).error();
  return container;
}

/// Task 0 reports what is wrong, for all; of its own death task 1 tells.
Result<SharedContainer> join_first_task(const Step& step, int task) {
  auto container = plugin.channel->receive();
  if (!container) return task == 1 ? std::move(container).error() : Error{};
  if (auto conf = read_request(step); !conf) return std::move(conf).error();
  return container;
}

int on_task_init_privileged(spank_t spank) {
  if (!plugin.channel && !plugin.kept_error && !plugin.out_of_memory) return ok;
  const Step step = describe_step(spank);
  const bool first = local_task(spank) == 0;
  if (plugin.out_of_memory) {
    plugin.kept_error =
        Error{"cannot keep what the step asks for: out of memory", "", ENOMEM, Fault::try_again};
  }
  if (plugin.kept_error) {
    if (first) report(step, *plugin.kept_error);
    return failed;
  }

  plugin.channel->take(first ? StepChannel::Role::prepares : StepChannel::Role::waits);
  auto container = first ? prepare_as_first_task(step) : join_first_task(step, local_task(spank));
  if (!container) {
    report(step, container.error());
    if (first) plugin.channel->publish_failure();
    return failed;
  }
  plugin.container = *std::move(container);
  if (!plugin.container.mount_namespace) return ok;
  if (auto kept = keep_capabilities_over_setuid(); !kept) {
    report(step, kept.error());
    return failed;
  }
  return ok;
}

int on_task_init(spank_t spank) {
  if (!plugin.container.mount_namespace) return ok;
  const TaskEnvironment environment{[&](const std::string& name) {
                                      return variable_of(item<char**>(spank, S_JOB_ENV, nullptr),
                                                         name);
                                    },
                                    [&](const std::string& name, const std::string& value) {
                                      spank_setenv(spank, name.c_str(), value.c_str(), 1);
                                    }};
  auto entered = enter_container(plugin.container, *plugin.request, environment);
  plugin.container = {};
  if (entered && plugin.request->image) entered = check_task_prolog(plugin.task_prolog);
  if (entered) return ok;
  if (local_task(spank) == 0) report(describe_step(spank), entered.error());
  return failed;
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

/// A hook that may not fail in slurmstepd, where that would drain the node, or let the step run
/// bare on the host: the failure waits for task_init_privileged.
template <typename Hook>
int guarded_early(bool in_slurmstepd, Hook&& hook) noexcept {
  const int code = guarded(hook);
  if (code == ok || !in_slurmstepd) return code;
  plugin.out_of_memory = true;
  return ok;
}

int guarded_option(int which, const char* argument, int remote) noexcept {
  return guarded_early(remote != 0, [&] { return on_option(which, argument, remote); });
}

/// The first throw of a thread makes its thread-local data; without memory that is not an exception
/// but the end of the process. Made in time, a later bad_alloc can be caught.
void make_exceptions_work_without_memory() noexcept {
  [[maybe_unused]] const volatile int made = std::uncaught_exceptions();
}

int register_options(spank_t spank, int count, char** arguments) {
  constexpr std::string_view conf_argument = "conf=";
  for (int i = 0; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument.starts_with(conf_argument))
      plugin.conf_path = argument.substr(conf_argument.size());
  }
  const auto context = spank_context();
  if (context != S_CTX_LOCAL && context != S_CTX_ALLOCATOR && context != S_CTX_REMOTE) return ok;
  for (const auto& spec : option_specs) {
    // Slurm copies the strings; it only lacks the const.
    spank_option option{const_cast<char*>(spec.name),  const_cast<char*>(spec.argument),
                        const_cast<char*>(spec.help),  spec.argument != nullptr,
                        static_cast<int>(spec.option), guarded_option};
    if (spank_option_register(spank, &option) != ESPANK_SUCCESS) {
      slurm_error("chainer: cannot register --%s", spec.name);
      return failed;
    }
  }
  return ok;
}

}  // namespace
}  // namespace chainer

using chainer::guarded;

extern "C" {

// SPANK_PLUGIN(chainer, 1) by hand: in C++ its constants would have internal linkage.
extern const char plugin_name[] = "chainer";
extern const char plugin_type[] = "spank";
extern const unsigned int plugin_version = SLURM_VERSION_NUMBER;
extern const unsigned int spank_plugin_version = 1;

int slurm_spank_init(spank_t spank, int count, char* arguments[]) {
  chainer::make_exceptions_work_without_memory();
  const bool in_slurmstepd = spank_context() == S_CTX_REMOTE;
  return chainer::guarded_early(in_slurmstepd,
                                [&] { return chainer::register_options(spank, count, arguments); });
}
int slurm_spank_init_post_opt(spank_t spank, int, char*[]) {
  const bool in_slurmstepd = spank_context() == S_CTX_REMOTE;
  return chainer::guarded_early(in_slurmstepd, [&] { return chainer::on_init_post_opt(spank); });
}
int slurm_spank_local_user_init(spank_t spank, int, char*[]) {
  return guarded([&] { return chainer::on_local_user_init(spank); });
}
int slurm_spank_task_post_fork(spank_t spank, int, char*[]) {
  return guarded([&] { return chainer::on_task_post_fork(spank); });
}
int slurm_spank_task_init_privileged(spank_t spank, int, char*[]) {
  return guarded([&] { return chainer::on_task_init_privileged(spank); });
}
int slurm_spank_task_init(spank_t spank, int, char*[]) {
  return guarded([&] { return chainer::on_task_init(spank); });
}

}  // extern "C"
