#include "node/topology/topology_question.hpp"

#include <algorithm>
#include <utility>

#include "node/topology/job_gpus.hpp"
#include "node/topology/machine_reader.hpp"

namespace chainer::topology {
namespace {

bool is_this_machine(const TopologyQuestion& question) {
  return question.xml.empty() && question.synthetic.empty();
}

Result<Machine> read_machine(const TopologyQuestion& question) {
  if (!question.xml.empty()) return read_machine_xml(question.xml);
  if (!question.synthetic.empty()) return read_synthetic_machine(question.synthetic);
  return read_this_machine();
}

Result<Machine> usable_machine(const TopologyQuestion& question) {
  TRY_ASSIGN(auto machine, read_machine(question));
  if (question.cpus.empty() && !is_this_machine(question)) return machine;
  TRY_ASSIGN(const auto cpus,
             question.cpus.empty() ? CpuSet::of_this_process() : CpuSet::parse_list(question.cpus));
  return restricted_to(std::move(machine), cpus);
}

std::string value_of(const Environment& variables, const std::string& name) {
  const auto found = variables.find(name);
  return found == variables.end() ? "" : found->second;
}

/// A step has its own list; without one it has no GPUs, whatever its node has.
Result<std::vector<Gpu>> gpus_for(const TopologyQuestion& question, const Machine& machine,
                                  const Environment& variables) {
  if (question.gpus) return first_gpus(machine.gpus, *question.gpus);
  if (!is_this_machine(question) || !variables.contains("SLURM_JOB_ID")) return machine.gpus;
  auto list = value_of(variables, "SLURM_STEP_GPUS");
  if (list.empty()) list = value_of(variables, "SLURM_JOB_GPUS");
  return gpus_of_job(machine.gpus, list, device_numbers("/proc/driver/nvidia/gpus"));
}

std::size_t ranks_for(const TopologyQuestion& question, const Machine& machine,
                      const std::vector<Gpu>& gpus) {
  if (question.ranks) return *question.ranks;
  return std::max<std::size_t>(1, gpus.empty() ? machine.domains.size() : gpus.size());
}

}  // namespace

Result<TopologyAnswer> answer_topology(const TopologyQuestion& question,
                                       const Environment& variables) {
  TRY_ASSIGN(auto machine, usable_machine(question));
  TRY_ASSIGN(auto gpus, gpus_for(question, machine, variables));
  auto plan = plan_binding(machine, ranks_for(question, machine, gpus), gpus);
  return TopologyAnswer{std::move(machine), std::move(gpus), std::move(plan)};
}

}  // namespace chainer::topology
