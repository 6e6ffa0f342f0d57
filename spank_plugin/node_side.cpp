#include "spank_plugin/node_side.hpp"

#include <sys/wait.h>

#include <chrono>
#include <utility>

#include "spank_plugin/batch_script.hpp"
#include "spank_plugin/carried_options.hpp"
#include "spank_plugin/container_saving.hpp"
#include "spank_plugin/entrypoint.hpp"
#include "spank_plugin/preparation.hpp"
#include "spank_plugin/preparation_count.hpp"
#include "spank_plugin/privileges.hpp"
#include "spank_plugin/program.hpp"
#include "spank_plugin/running_steps.hpp"
#include "spank_plugin/script_launcher.hpp"
#include "spank_plugin/step_layer.hpp"
#include "spank_plugin/task_prolog.hpp"
#include "spank_plugin/variables.hpp"

namespace chainer {
namespace {

/// The scripts that call srun stay on the host: srun would not work in the container.
bool stays_on_host(StepKind kind, const RawOptions& options) {
  return kind == StepKind::script && !options.has(Option::batch);
}

/// Slurm would start each of them on the host.
Result<void> check_is_one_program(const std::vector<std::string>& command) {
  if (!names_several_programs(command)) return {};
  return Error{"--chainer-runtime: no runtime can come before the programs of srun --multi-prog",
               "leave one of the two out", 0, Fault::user};
}

}  // namespace

void NodeSide::keep(Error error) {
  if (!kept_error_) kept_error_ = std::move(error);
}

/// What srun, sbatch or salloc settled on is complete and final. Where it did not arrive, only what
/// Slurm itself and the variables carry is known.
Result<void> NodeSide::read_options(char* const* environment) {
  const auto variables = our_variables(environment);
  if (variables.empty()) return {};
  const auto lookup = [&](const char* name) { return variable_of(variables.data(), name); };
  const auto carried = lookup(carried_variable);
  has_carried_options_ = carried.has_value();
  if (!carried) {
    options_.add_defaults(RawOptions::of_variables(lookup));
    return {};
  }
  TRY_ASSIGN(auto options, read_carried_text(*carried));
  options_ = std::move(options);
  return {};
}

void NodeSide::open(char* const* environment, StepKind kind) {
  if (kind == StepKind::external) return;
  if (auto read = read_options(environment); !read) return keep(std::move(read).error());
  if (!concern_the_node(options_) || stays_on_host(kind, options_)) {
    kept_error_.reset();  // a step that asks nothing of us must not fail by us
    return;
  }
  auto channel = StepChannel::create();
  if (!channel) return keep(std::move(channel).error());
  channel_ = *std::move(channel);
}

void NodeSide::close(const Step& step, const std::string& conf_path) {
  if (const auto conf = load_plugin_conf(conf_path)) forget_running_step(conf->run_dir, step);
}

void NodeSide::task_is_attached(int task, pid_t process) {
  if (!channel_ || task != 0) return;
  if (options_.has(Option::save)) cgroups_ = StepCgroups::of(process);
  channel_->first_task_is_attached();
}

bool NodeSide::was_last(std::uint32_t tasks, int end) {
  if (WIFSIGNALED(end)) signal_that_ended_a_task_ = WTERMSIG(end);
  return ++ended_tasks_ == tasks;
}

std::optional<Error> NodeSide::lack_of_room_in_layer(const Step& step,
                                                     const std::string& conf_path) const {
  const auto layer = options_.value_of(Option::layer);
  if (!layer) return std::nullopt;
  const auto conf = load_plugin_conf(conf_path);
  return conf ? lack_of_room(conf->run_dir, step, *layer) : std::nullopt;
}

/// A task that was killed has left its work half done: what it left would be taken for whole.
Result<void> NodeSide::save(const Step& step, const std::string& conf_path) const {
  if (!options_.has(Option::save)) return {};
  const auto container = StepChannel::look_into(channel_->waiting_end());
  if (!container || container->save_as.empty()) return {};
  if (signal_that_ended_a_task_ != 0) {
    return Error{"the container is not saved as " + container->save_as +
                     ": a task was killed by signal " + std::to_string(signal_that_ended_a_task_),
                 "", 0, Fault::user};
  }
  TRY_ASSIGN(const auto conf, load_plugin_conf(conf_path));
  return save_container(step, conf, cgroups_, *container);
}

/// Reads plugin.conf and what the step asks for, which `enter` needs as well.
Result<PluginConf> NodeSide::read_request(const Step& step, int task,
                                          const std::string& conf_path) {
  TRY_ASSIGN(auto conf, load_plugin_conf(conf_path));
  run_dir_ = conf.run_dir;
  TRY_ASSIGN(auto request, make_request(options_, conf));
  request_ = std::move(request);
  task_prolog_ = conf.task_prolog;
  helper_ = conf.helper;
  if (request_->runtime != Runtime::native) {
    TRY_ASSIGN(runtime_, RuntimeSettings::of(step, task, conf));
  }
  return conf;
}

Result<SharedContainer> NodeSide::prepare_as_first_task(const Step& step,
                                                        const std::string& conf_path) {
  TRY_ASSIGN(auto conf, read_request(step, 0, conf_path));
  if (request_->image) record_.reference = request_->image->reference.text();
  TRY_ASSIGN(auto prepared,
             prepare_container(step, *request_, {std::move(conf), conf_path}, *channel_));
  TRY(channel_->publish(prepared.container));
  asked_folder_ = std::move(prepared.asked_folder);
  const bool is_its_own = prepared.container.mount_namespace && !request_->attach && !runtime_;
  if (is_its_own) note_running_step(run_dir_, step, channel_->waiting_end());
  if (request_->attach) record_.reference = prepared.container.image;
  record_.image = prepared.image;
  record_.environment = prepared.environment;
  return std::move(prepared.container);
}

/// Task 0 reports what is wrong for all of them; when task 0 itself has died, task 1 says so.
Result<SharedContainer> NodeSide::join_first_task(const Step& step, int task,
                                                  const std::string& conf_path) {
  auto container = channel_->receive();
  if (!container) return task == 1 ? std::move(container).error() : Error{};
  TRY(read_request(step, task, conf_path));
  return container;
}

Result<void> NodeSide::prepare(const Step& step, int task, const std::string& conf_path) {
  const auto start = std::chrono::steady_clock::now();
  auto prepared = prepare_unrecorded(step, task, conf_path);
  record_.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  if (!prepared) record_.failure = prepared.error();
  return prepared;
}

Result<void> NodeSide::prepare_unrecorded(const Step& step, int task,
                                          const std::string& conf_path) {
  const bool first = task == 0;
  if (is_out_of_memory_) {
    keep({"cannot keep what the step asks for: out of memory", "", ENOMEM, Fault::try_again});
  }
  if (kept_error_) return first ? *kept_error_ : Error{};

  channel_->take(first ? StepChannel::Role::prepares : StepChannel::Role::waits);
  TRY_ASSIGN(auto container, first ? prepare_as_first_task(step, conf_path)
                                   : join_first_task(step, task, conf_path));
  container_ = std::move(container);
  if (!has_container()) return {};
  const bool is_on_hosts_root = container_.image.empty() || runtime_;
  if (!is_on_hosts_root) TRY(put_in_place_of_slurms_launcher(helper_));
  return keep_capabilities_over_setuid();
}

Result<void> NodeSide::count_preparation() const {
  if (run_dir_.empty()) return {};
  return add_to_node_figures(run_dir_, figures_of(record_));
}

void NodeSide::give_up(int task) {
  if (channel_ && task == 0) channel_->publish_failure();
}

Result<void> NodeSide::enter(const TaskEnvironment& environment,
                             const std::vector<std::string>& command, char** slurms_command) {
  if (asked_folder_) environment.set(asked_variable, asked_folder_->to_text());
  if (runtime_) {
    TRY(check_is_one_program(command));
    return start_with_runtime(std::exchange(container_, {}), *request_, *runtime_, environment,
                              slurms_command);
  }
  auto entered = enter_container(container_, *request_, environment);
  const bool is_on_hosts_root = std::exchange(container_, {}).image.empty();
  if (!entered || is_on_hosts_root) return entered;
  TRY(check_task_prolog(task_prolog_));
  if (request_->entrypoint) return put_entrypoint_before(slurms_command, environment);
  return check_program(command, environment.get("PATH").value_or(""));
}

std::optional<Error> NodeSide::missing_for_script(const std::string& script,
                                                  const TaskEnvironment& environment) const {
  return request_->image ? missing_for_srun(script, environment.get) : std::nullopt;
}

}  // namespace chainer
