#include "spank_plugin/spank_facts.hpp"

#include <errno.h>
#include <unistd.h>

#include <array>

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

std::string folder_of_batch_script(spank_t spank) {
  int count = 0;
  char** arguments = nullptr;
  if (spank_get_item(spank, S_JOB_ARGV, &count, &arguments) != ESPANK_SUCCESS || count < 1)
    return {};
  const std::string script = arguments[0];
  return script.starts_with('/') ? script.substr(0, script.find_last_of('/')) : std::string();
}

}  // namespace

Step describe_step(spank_t spank) {
  Step step;
  step.job_id = item<std::uint32_t>(spank, S_JOB_ID, 0);
  step.step_id = item<std::uint32_t>(spank, S_JOB_STEPID, 0);
  step.restart_count = item<std::uint32_t>(spank, S_SLURM_RESTART_COUNT, 0);
  step.node = host_name();
  step.account.uid = item<uid_t>(spank, S_JOB_UID, static_cast<uid_t>(-1));
  step.account.gid = item<gid_t>(spank, S_JOB_GID, static_cast<gid_t>(-1));
  step.environment = job_environment(spank);
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

int local_task(spank_t spank) { return item<int>(spank, S_TASK_ID, -1); }

Command this_command() {
  if (spank_context() == S_CTX_LOCAL) return Command::srun;
  const bool is_salloc = std::string_view(program_invocation_short_name) == "salloc";
  return is_salloc ? Command::salloc : Command::sbatch;
}

}  // namespace chainer
