// What slurmstepd and the tasks that it forks do for one step on one node.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "spank_plugin/asked_folder.hpp"
#include "spank_plugin/container.hpp"
#include "spank_plugin/options.hpp"
#include "spank_plugin/preparation_record.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/runtime_task.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_cgroups.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// slurmstepd's early hooks may not fail: under sbatch that drains the node, under srun the error
/// is lost. An error that they meet is kept until a task can fail with it.
class NodeSide {
 public:
  // --- slurmstepd, before any task exists ---
  /// One option as Slurm carries it. It may be forged; it is checked where a failure counts.
  void take(const OptionSpec& spec, const char* value) {
    options_.give(spec.option, text_of(value));
  }
  void keep(Error error);
  /// For when there was not even memory for an Error.
  void keep_out_of_memory() noexcept { is_out_of_memory_ = true; }
  /// Makes the channel that the tasks share when the options concern this step.
  void open(char* const* environment, StepKind kind);
  /// Whether the options came in a variable of their own.
  bool has_carried_options() const { return has_carried_options_; }

  // --- slurmstepd, when a task is inside the step's cgroup ---
  void task_is_attached(int task, pid_t process);

  // --- slurmstepd, when a task has ended ---
  /// Whether it matters how and when.
  bool minds_ends_of_tasks() const {
    return channel_ && (options_.has(Option::save) || options_.has(Option::layer));
  }
  /// Whether that was the last of `tasks`. `end` as waitpid(2) gives it.
  bool was_last(std::uint32_t tasks, int end);
  /// What to tell of the layer that the tasks had, if anything.
  std::optional<Error> lack_of_room_in_layer(const Step& step, const std::string& conf_path) const;
  /// Saves the container, where that was asked for.
  Result<void> save(const Step& step, const std::string& conf_path) const;

  // --- slurmstepd, when its tasks have ended ---
  /// Removes what others find the step by. Called when there was work.
  void close(const Step& step, const std::string& conf_path);

  // --- a task ---
  /// False where there is nothing to do, which then costs nothing.
  bool has_work() const { return channel_ != nullptr || kept_error_ || is_out_of_memory_; }
  /// As root: task 0 prepares, the others wait for it. Only one task of the node has an error with
  /// text.
  Result<void> prepare(const Step& step, int task, const std::string& conf_path);
  /// What task 0 did in `prepare`.
  const PreparationRecord& record() const { return record_; }
  /// Adds it to the node's figures, as root; nothing where plugin.conf could not be read.
  Result<void> count_preparation() const;
  /// With --chainer-prepare: the task's command is told what the preparation was.
  bool only_prepares() const { return request_ && request_->placement == Placement::on_host; }
  /// Called once an error of `prepare` has been reported: the others need not wait any longer.
  void give_up(int task);
  bool has_container() const { return static_cast<bool>(container_.mount_namespace); }
  /// As the user: enters what was prepared and drops every capability. Then checks the program of
  /// `command`, which Slurm is to start, and says what is wrong with it; `slurms_command` is where
  /// Slurm keeps the command.
  Result<void> enter(const TaskEnvironment& environment, const std::vector<std::string>& command,
                     char** slurms_command);
  /// Once inside: what the batch script at `script` will miss there.
  std::optional<Error> missing_for_script(const std::string& script,
                                          const TaskEnvironment& environment) const;

 private:
  static std::string_view text_of(const char* value) {
    return value == nullptr ? std::string_view() : std::string_view(value);
  }
  Result<void> prepare_unrecorded(const Step& step, int task, const std::string& conf_path);
  Result<void> read_options(char* const* environment);
  Result<PluginConf> read_request(const Step& step, int task, const std::string& conf_path);
  Result<SharedContainer> prepare_as_first_task(const Step& step, const std::string& conf_path);
  Result<SharedContainer> join_first_task(const Step& step, int task, const std::string& conf_path);

  RawOptions options_;
  bool has_carried_options_{false};
  std::unique_ptr<StepChannel> channel_;  ///< null: this step asks nothing of us
  std::optional<Error> kept_error_;
  bool is_out_of_memory_{false};
  StepCgroups cgroups_{};            ///< known where the container is to be saved
  std::uint32_t ended_tasks_{0};     ///< known where it matters
  int signal_that_ended_a_task_{0};  ///< likewise
  // In a task:
  std::optional<Request> request_;
  std::string run_dir_, task_prolog_, helper_;  ///< plugin.conf's
  std::optional<RuntimeSettings> runtime_;  ///< where another one than ours starts the container
  SharedContainer container_;
  std::optional<AskedFolder> asked_folder_;
  PreparationRecord record_;
};

}  // namespace chainer
