#include "node/doctor/slurm_health.hpp"

#include <algorithm>

#include "core/text_file.hpp"
#include "core/trimmed.hpp"
#include "node/doctor/command.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_with_controller = 15s;
constexpr std::size_t largest_mounts = 1 << 20;

std::string value_of(const std::string& config, std::string_view name) {
  for (std::size_t at = 0; at < config.size();) {
    const auto end = std::min(config.find('\n', at), config.size());
    const std::string_view line(config.data() + at, end - at);
    const auto equals = line.find('=');
    if (equals != std::string_view::npos && trimmed(line.substr(0, equals)) == name)
      return std::string(trimmed(line.substr(equals + 1)));
    at = end + 1;
  }
  return "";
}

bool has_cgroups() {
  const auto mounts = read_file("/proc/self/mounts", largest_mounts);
  return mounts && mounts->find(" cgroup") != std::string::npos;
}

bool names_pmix(const std::string& type) { return type.starts_with("pmix"); }

}  // namespace

std::vector<std::string> mpi_types_in(const std::string& said) {
  std::vector<std::string> types;
  for (std::size_t at = 0; at < said.size();) {
    const auto end = std::min(said.find('\n', at), said.size());
    std::string_view line(said.data() + at, end - at);
    at = end + 1;
    if (const auto colon = line.rfind(':'); colon != std::string_view::npos)
      line.remove_prefix(colon + 1);
    while (!line.empty()) {
      const auto comma = line.find(',');
      const auto word = trimmed(line.substr(0, comma));
      if (!word.empty() && word.find(' ') == std::string_view::npos) types.emplace_back(word);
      line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
    }
  }
  return types;
}

SlurmFacts look_at_slurm() {
  SlurmFacts slurm;
  slurm.has_cgroups = has_cgroups();
  const auto config = run_command({"scontrol", "show", "config"}, patience_with_controller);
  if (!config || config->code != 0) {
    slurm.silence = config ? first_line(config->said) : config.error().what;
    return slurm;
  }
  slurm.proctrack = value_of(config->said, "ProctrackType");
  slurm.task_plugins = value_of(config->said, "TaskPlugin");
  const auto types = run_command({"srun", "--mpi=list"}, patience_with_controller);
  if (types && types->code == 0)
    slurm.mpi_types = mpi_types_in(types->said);
  else
    slurm.mpi_silence = types ? first_line(types->said) : types.error().what;
  return slurm;
}

HealthFindings check_slurm(const SlurmFacts& slurm) {
  HealthFindings found;
  if (!slurm.silence.empty()) {
    found.push_back({HealthLevel::unseen, "how Slurm is set up", "scontrol show config",
                     slurm.silence, "see that the controller answers this node"});
    return found;
  }
  const bool wants_cgroups = slurm.proctrack == "proctrack/cgroup" ||
                             slurm.task_plugins.find("task/cgroup") != std::string::npos;
  if (wants_cgroups && !slurm.has_cgroups) {
    found.push_back({HealthLevel::problem, "no cgroup hierarchy is mounted", "/sys/fs/cgroup",
                     "Slurm is told to use cgroups: no job starts here",
                     "mount cgroup2, or the controllers of version 1"});
  } else if (slurm.proctrack != "proctrack/cgroup") {
    found.push_back({HealthLevel::warning, "Slurm follows processes by " + slurm.proctrack,
                     "ProctrackType in slurm.conf",
                     "what a job starts in the background can outlive it, and keep its container",
                     "write ProctrackType=proctrack/cgroup"});
  }
  if (!slurm.mpi_silence.empty()) {
    found.push_back({HealthLevel::unseen, "whether Slurm has an mpi/pmix plugin", "srun --mpi=list",
                     slurm.mpi_silence, "see why srun does not work here"});
  } else if (std::ranges::none_of(slurm.mpi_types, names_pmix)) {
    found.push_back(
        {HealthLevel::warning, "Slurm has no mpi/pmix plugin", "srun --mpi=list",
         "Debian's Open MPI starts with no other: its ranks do not find each other",
         "install Slurm's PMIx plugin; slurm-wlm-basic-plugins of Debian 12 and 13 has it"});
  }
  return found;
}

}  // namespace chainer::doctor
