#include "spank_plugin/spank_facts.hpp"

#include <errno.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>

#include "spank_plugin/variables.hpp"

namespace chainer {
namespace {

template <typename T>
T item(spank_t spank, spank_item_t which, T otherwise) {
  T value = otherwise;
  return spank_get_item(spank, which, &value) == ESPANK_SUCCESS ? value : otherwise;
}

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  const std::string full = name.data();
  return full.substr(0, full.find('.'));
}

/// A variable of slurmstepd's own environment, which no user writes.
std::string own_variable(const char* name) {
  const char* value = ::getenv(name);
  return value != nullptr ? value : "";
}

/// SPANK does not say for srun's steps how often their job was requeued, but their environment
/// does. The number only keeps the names of two attempts apart.
std::uint32_t restart_count_of(spank_t spank) {
  const auto known = item<std::uint32_t>(spank, S_SLURM_RESTART_COUNT, 0);
  if (known != 0) return known;
  const auto said = variable_of(job_environment(spank), "SLURM_RESTART_COUNT").value_or("0");
  std::uint32_t count = 0;
  const auto [end, failure] = std::from_chars(said.data(), said.data() + said.size(), count);
  return failure == std::errc{} && end == said.data() + said.size() ? count : 0;
}

std::string folder_of_batch_script(spank_t spank) {
  const auto words = command_line(spank);
  const std::string script = words.empty() ? std::string() : words[0];
  return script.starts_with('/') ? script.substr(0, script.find_last_of('/')) : std::string();
}

}  // namespace

Step describe_step(spank_t spank) {
  Step step;
  step.job_id = item<std::uint32_t>(spank, S_JOB_ID, 0);
  step.step_id = item<std::uint32_t>(spank, S_JOB_STEPID, 0);
  step.restart_count = restart_count_of(spank);
  step.node_number = item<std::uint32_t>(spank, S_JOB_NODEID, 0);
  step.host = host_name();
  step.node = own_variable("SLURMD_NODENAME");
  if (step.node.empty()) step.node = step.host;
  step.account.uid = item<uid_t>(spank, S_JOB_UID, static_cast<uid_t>(-1));
  step.account.gid = item<gid_t>(spank, S_JOB_GID, static_cast<gid_t>(-1));
  step.environment = job_environment(spank);
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

StepKind kind_of_step(spank_t spank) {
  return kind_of(item<std::uint32_t>(spank, S_JOB_STEPID, 0));
}

char** job_environment(spank_t spank) { return item<char**>(spank, S_JOB_ENV, nullptr); }

std::vector<std::string> command_line(spank_t spank) {
  int count = 0;
  char** arguments = nullptr;
  if (spank_get_item(spank, S_JOB_ARGV, &count, &arguments) != ESPANK_SUCCESS || count < 1)
    return {};
  return {arguments, arguments + count};
}

char** own_command(spank_t spank) {
  int count = 0;
  char** arguments = nullptr;
  return spank_get_item(spank, S_JOB_ARGV, &count, &arguments) == ESPANK_SUCCESS ? arguments
                                                                                 : nullptr;
}

int local_task(spank_t spank) { return item<int>(spank, S_TASK_ID, -1); }

std::uint32_t number_of_local_tasks(spank_t spank) {
  return item<std::uint32_t>(spank, S_JOB_LOCAL_TASK_COUNT, 0);
}

pid_t process_of_task(spank_t spank) { return item<pid_t>(spank, S_TASK_PID, 0); }

int end_of_task(spank_t spank) { return item<int>(spank, S_TASK_EXIT_STATUS, 0); }

Command this_command() {
  if (spank_context() == S_CTX_LOCAL) return Command::srun;
  const bool is_salloc = std::string_view(program_invocation_short_name) == "salloc";
  return is_salloc ? Command::salloc : Command::sbatch;
}

}  // namespace chainer
