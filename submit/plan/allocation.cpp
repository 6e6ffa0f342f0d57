#include "submit/plan/allocation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/mention.hpp"
#include "submit/plan/local_run.hpp"
#include "submit/plan/restarts.hpp"
#include "submit/plan/task_binding.hpp"

namespace chainer::plan {
namespace {

/// sbatch options that keys of the estimator decide; `extra` may not contradict them.
constexpr std::pair<std::string_view, std::string_view> decided_options[] = {
    {"--nodes", "node_count"},
    {"-N", "node_count"},
    {"--ntasks", "process_count_per_node"},
    {"-n", "process_count_per_node"},
    {"--ntasks-per-node", "process_count_per_node"},
    {"--tasks-per-node", "process_count_per_node"},  // its older name
    {"--cpus-per-task", "slurm.cpus_per_task"},
    {"-c", "slurm.cpus_per_task"},
    {"--tres-per-task", "slurm.cpus_per_task"},  // from 24.05 on
    {"--gres", "slurm.gpus_per_node"},
    {"--gpus-per-node", "slurm.gpus_per_node"},
    {"--gpus-per-socket", "slurm.gpus_per_node"},
    {"--gpus", "slurm.gpus_per_node"},
    {"-G", "slurm.gpus_per_node"},
    {"--time", "max_run_duration_seconds"},
    {"-t", "max_run_duration_seconds"},
    {"--mem", "slurm.mem"},
    {"--mem-per-cpu", "slurm.mem"},
    {"--mem-per-gpu", "slurm.mem"},
    {"--exclusive", "slurm.exclusive"},
    {"--array", "slurm.array"},
    {"-a", "slurm.array"},
    {"--dependency", "slurm.dependency"},
    {"-d", "slurm.dependency"},
    {"--partition", "slurm.partition"},
    {"-p", "slurm.partition"},
    {"--account", "slurm.account"},
    {"-A", "slurm.account"},
    {"--qos", "slurm.qos"},
    {"-q", "slurm.qos"},
    {"--constraint", "slurm.constraint"},
    {"-C", "slurm.constraint"},
    {"--reservation", "slurm.reservation"},
    {"--nice", "slurm.nice"},
    {"--begin", "slurm.begin"},
    {"-b", "slurm.begin"},
    {"--deadline", "slurm.deadline"},
    {"--licenses", "slurm.licenses"},
    {"-L", "slurm.licenses"},
    {"--job-name", "run.name"},
    {"-J", "run.name"},
    {"--mail-user", "slurm.mail"},
    {"--requeue", "run.requeue"},
    {"--no-requeue", "run.requeue"},
    {"--output", "the run's folder"},
    {"-o", "the run's folder"},
    {"--error", "the run's folder"},
    {"-e", "the run's folder"},
    {"--chdir", "the run's folder"},
    {"-D", "the run's folder"},
    {"--open-mode", "the run's folder"},
    {"--wrap", "entry_script"},
};

/// Options that break a run, with the reason and the way out.
struct HarmfulOption {
  std::string_view name, why, hint;
};
constexpr std::string_view hides_gpus = "hides a node's GPUs from its processes";
constexpr std::string_view show_gpus =
    "ChainerMN picks its GPU by the rank on the node; slurm.gpus_per_node shows all to all";
constexpr std::string_view no_job = "makes no job";
constexpr std::string_view use_check = "chainer-submit check looks at an estimator";
constexpr std::string_view ours = "is decided by the estimator";
constexpr std::string_view our_keys = "chainer-submit explain lists the keys";
constexpr HarmfulOption harmful_options[] = {
    // A GPU that only some of a node's tasks see is not the one that ChainerMN picks by intra_rank.
    {"--gpus-per-task", hides_gpus, show_gpus},
    {"--ntasks-per-gpu", hides_gpus, show_gpus},
    {"--gpu-bind", hides_gpus, show_gpus},
    {"--export", "takes away what the script needs of its environment",
     "environment_variables sets what the run is to have"},
    {"--export-file", "takes away what the script needs of its environment",
     "environment_variables sets what the run is to have"},
    {"--get-user-env", "changes what the script has in its environment",
     "environment_variables sets what the run is to have"},
    {"--test-only", no_job, use_check},
    {"--help", no_job, use_check},
    {"-h", no_job, use_check},
    {"--usage", no_job, use_check},
    {"-u", no_job, use_check},
    {"--version", no_job, use_check},
    {"-V", no_job, use_check},
    {"--wait", "makes sbatch wait for the job's end", "chainer-submit --follow watches a run"},
    {"-W", "makes sbatch wait for the job's end", "chainer-submit --follow watches a run"},
    {"--clusters", "sends the job to a cluster where it is not looked for",
     "submit on that cluster's login node"},
    {"-M", "sends the job to a cluster where it is not looked for",
     "submit on that cluster's login node"},
    {"--uid", "makes another account's job of it", "submit as that account"},
    {"--gid", "makes another group's job of it", "submit under that group, with newgrp"},
    {"--container", "runs the job script in an image that nobody has checked", our_keys},
    {"--chainer-image", ours, our_keys},
    {"--chainer-env", ours, our_keys},
    {"--chainer-shm-size", ours, our_keys},
    {"--chainer-workdir", ours, our_keys},
    {"--chainer-prepare", ours, our_keys},
    {"--chainer-batch", "puts the job script into the image, where srun does not work",
     "the run's processes are in the image already"},
    {"--chainer-off", "takes the run out of its image", "custom_docker_image names another one"},
};

/// Options of one letter that take no value: sbatch reads on after them in the same word.
constexpr std::string_view letters_alone = "HIOQshuvVW";

constexpr std::int64_t largest_nice = 2'147'483'645;  // as sbatch says about --nice

/// The number that was given, else the default in the key's row.
template <typename Record>
int count_of(const input::Given<toml::Count>& given, std::span<const input::Key<Record>> keys,
             input::Given<toml::Count> Record::*member) {
  return (given ? given->value : input::default_of(keys, member)).get();
}
int nodes_of(const input::Estimator& estimator) {
  return count_of(estimator.node_count, input::estimator_keys(), &input::Estimator::node_count);
}
int processes_of(const input::Given<toml::Count>& given) {
  return count_of(given, input::estimator_keys(), &input::Estimator::process_count_per_node);
}
std::string value_or(const input::Given<std::string>& given, const std::string& fallback = {}) {
  return given ? given->value : fallback;
}

const input::Given<toml::Count>& process_key(const input::Estimator& estimator) {
  const auto& mpi = estimator.distributed_training;
  return mpi && mpi->value.process_count_per_node ? mpi->value.process_count_per_node
                                                  : estimator.process_count_per_node;
}

/// `--name`, `--name=anything`, `-x` or `-xANYTHING`, on one line.
bool is_option(std::string_view text) {
  if (text.find_first_of("\n\r") != std::string_view::npos) return false;
  if (!text.starts_with("--"))
    return text.size() >= 2 && text[0] == '-' && std::isalpha(text[1]) != 0;
  const auto name = text.substr(2, text.find('=') - 2);
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos;
}

/// Whether sbatch would take `name` for `option`: it is the option itself, or a beginning of it.
bool means(std::string_view name, std::string_view option) {
  return name == option || (name.starts_with("--") && option.starts_with(name));
}

std::string whole_name(std::string_view name, std::string_view option) {
  return name == option ? std::string(name) : fmt::format("{} ({})", name, option);
}

/// "node_count (line 5)" where the estimator gives it, for a finding at `here`.
std::string with_place(std::string_view key, const toml::Place& here,
                       const input::Estimator& estimator) {
  const auto written = estimator.written.find(std::string(key));
  return written == estimator.written.end()
             ? std::string(key)
             : fmt::format("{} ({})", key, input::mention(written->second, here));
}

/// Reports one option when the run decides it, or when the run would break with it.
void check_option(std::string_view name, const toml::Place& place,
                  const input::Estimator& estimator, toml::Report& report) {
  for (const auto& [decided, key] : decided_options) {
    if (!means(name, decided)) continue;
    return report.error(place,
                        fmt::format("{} in slurm.extra is decided by {}", whole_name(name, decided),
                                    with_place(key, place, estimator)),
                        key.find(' ') == key.npos
                            ? fmt::format("set {} instead", key)
                            : "leave it out: files of a run lie where follow finds them");
  }
  for (const auto& harmful : harmful_options) {
    if (!means(name, harmful.name)) continue;
    return report.error(place, fmt::format("{} {}", whole_name(name, harmful.name), harmful.why),
                        std::string(harmful.hint));
  }
}

void check_extra(const toml::Located<std::string>& option, const input::Estimator& estimator,
                 toml::Report& report) {
  const std::string_view text = option.value;
  if (!is_option(text)) {
    return report.error(option.place, fmt::format("'{}' is not an option of sbatch", text),
                        "write each element as \"--option=value\"");
  }
  if (!text.starts_with("--")) {
    for (const char letter : text.substr(1)) {
      check_option(std::string{'-', letter}, option.place, estimator, report);
      if (letters_alone.find(letter) == letters_alone.npos) return;
    }
    return;
  }
  const auto name = text.substr(0, text.find('='));
  const auto value = text.substr(std::min(name.size() + 1, text.size()));
  if (is_signal_option(text) && value.substr(0, value.find(':')).find('B') != value.npos &&
      value.find(':') != value.npos) {
    return report.error(option.place,
                        "a signal for the batch script alone reaches no process of the run",
                        "leave out the B: \"--signal=USR1@60\" reaches every rank");
  }
  check_option(name, option.place, estimator, report);
}

void check_binding(const toml::Located<std::string>& binding, int processes, toml::Report& report) {
  const auto objection = objection_to_binding(binding.value, processes);
  if (objection) report.error(binding.place, "slurm.binding: " + objection->what, objection->hint);
}

void check_against_node(const input::Estimator& estimator, const input::SlurmOptions& slurm,
                        const Allocation& asked, const input::NodeType& node,
                        toml::Report& report) {
  const auto& processes = process_key(estimator);
  const auto& cpu_key = slurm.cpus_per_task ? slurm.cpus_per_task : processes;
  const auto cpu_place = cpu_key ? cpu_key->place : estimator.whole;
  const auto cpus = std::int64_t{asked.ranks_per_node} * asked.cpus_per_rank;
  if (cpus > node.cpus.get()) {
    report.error(cpu_place,
                 fmt::format("{} processes with {} CPUs each need {} CPUs, and a node has {} ({})",
                             asked.ranks_per_node, asked.cpus_per_rank, cpus, node.cpus.get(),
                             where(node.place)),
                 "ask for fewer processes on a node, or for more nodes");
  }

  const auto& gpu_place = slurm.gpus_per_node ? slurm.gpus_per_node->place
                          : estimator.use_gpu ? estimator.use_gpu->place
                                              : estimator.whole;
  if (asked.gpus_per_node > node.gpus) {
    report.error(gpu_place,
                 fmt::format("{} GPUs on a node are asked for, and a node has {} ({})",
                             asked.gpus_per_node, node.gpus, where(node.place)),
                 node.gpus == 0 ? "choose a compute target with GPUs"
                                : "ask for fewer GPUs, or for fewer processes on a node");
  }
  if (slurm.mem && slurm.mem->value > node.memory.value) {
    report.error(
        slurm.mem->place,
        fmt::format("slurm.mem is {}, and a node has {} ({})", slurm.mem->value.to_string(),
                    node.memory.value.to_string(), where(node.memory.place)));
  }
}

/// Slurm takes several partitions, separated by commas, and chooses one.
void check_partitions(const input::Estimator& estimator, const toml::Located<std::string>& asked,
                      const input::ComputeTarget& target, toml::Report& report) {
  std::vector<std::string_view> allowed;
  for (const auto& partition : target.allowed_partitions->value) allowed.push_back(partition.value);
  std::string_view rest = asked.value;
  while (!rest.empty()) {
    const auto partition = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(partition.size() + 1, rest.size()));
    if (partition.empty() || std::ranges::find(allowed, partition) != allowed.end()) continue;
    report.error(asked.place,
                 fmt::format("the partition '{}' is not open to {} '{}' ({})", partition,
                             estimator.vm_size ? "vm_size" : "compute_target", target.name,
                             where(target.allowed_partitions->place)),
                 fmt::format("allowed: {}", fmt::join(allowed, ", ")));
  }
}

void check_against_site(const input::Estimator& estimator, const input::SlurmOptions& slurm,
                        const input::ComputeTarget& target, const input::SiteLimits& limits,
                        toml::Report& report) {
  if (limits.nodes && estimator.node_count &&
      estimator.node_count->value.get() > limits.nodes->value.get()) {
    report.error(estimator.node_count->place,
                 fmt::format("node_count is {}, and the site allows {} ({})",
                             estimator.node_count->value.get(), limits.nodes->value.get(),
                             where(limits.nodes->place)),
                 "ask for as many at most");
  }
  const auto& duration = estimator.max_run_duration_seconds;
  if (limits.run_duration && duration && duration->value.get() > limits.run_duration->value.get()) {
    report.error(
        duration->place,
        fmt::format("max_run_duration_seconds is {}, and the site allows {} ({})",
                    duration->value.get(), limits.run_duration->value.get(),
                    where(limits.run_duration->place)),
        "ask for as many seconds at most; run.requeue lets a run go on from its checkpoint");
  }
  if (slurm.partition && target.allowed_partitions) {
    check_partitions(estimator, *slurm.partition, target, report);
  }
}

int gpus_per_node(const input::Estimator& estimator, const input::SlurmOptions& slurm,
                  int ranks_per_node) {
  if (slurm.gpus_per_node) return slurm.gpus_per_node->value.get();
  return estimator.use_gpu && estimator.use_gpu->value ? ranks_per_node : 0;
}

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

/// The time of a run without max_run_duration_seconds: the site's default, else its limit; 0 leaves
/// it to the partition.
std::int64_t minutes_of_site(const input::Site& site) {
  if (site.defaults.run_duration) return site.defaults.run_duration->value.minutes_rounded_up();
  if (!site.limits.run_duration) return 0;
  return std::max(site.limits.run_duration->value.get() / 60, std::int64_t{1});
}

}  // namespace

bool is_signal_option(std::string_view option) {
  const auto name = option.substr(0, option.find('='));
  constexpr std::size_t shortest = 4;  // "--s" is not sbatch's alone
  return name.size() >= shortest && means(name, "--signal");
}

std::string where(const toml::Place& place) {
  return place.at.line == 0 ? place.file : fmt::format("{}:{}", place.file, place.at.line);
}

int ranks_of(const input::Estimator& estimator) {
  return nodes_of(estimator) * processes_of(process_key(estimator));
}

void check_processes(const input::Estimator& estimator, toml::Report& report) {
  const auto& training = estimator.distributed_training;
  const auto& backend = estimator.distributed_backend;
  const auto& outer = estimator.process_count_per_node;
  constexpr std::string_view supported = "Chainer trains over MPI: type = \"mpi\"";

  if (backend && backend->value != "mpi") {
    report.error(backend->place,
                 fmt::format("distributed_backend is '{}', which is not supported", backend->value),
                 "the one that is supported is \"mpi\"");
  }
  if (training && estimator.misses("distributed_training.type")) {
    report.error(training->place, "distributed_training has no type", std::string(supported));
  }
  if (training && training->value.type && training->value.type->value != "mpi") {
    report.error(training->value.type->place,
                 fmt::format("distributed_training.type is '{}', which Chainer does not have",
                             training->value.type->value),
                 std::string(supported));
  }
  if (training && outer && training->value.process_count_per_node &&
      outer->value.get() != training->value.process_count_per_node->value.get()) {
    report.error(
        outer->place,
        fmt::format("process_count_per_node is {}, and distributed_training.process_count_per_node "
                    "is {} ({})",
                    outer->value.get(), training->value.process_count_per_node->value.get(),
                    input::mention(training->value.process_count_per_node->place, outer->place)),
        "give it once");
  }

  // A key that is written with a wrong value has its own finding.
  if (!estimator.misses("distributed_training") || !estimator.misses("distributed_backend")) return;
  std::string many;
  const toml::Located<toml::Count>* first = nullptr;
  const auto look = [&](std::string_view key, const input::Given<toml::Count>& given) {
    if (!given || given->value.get() < 2) return;
    if (!first) first = &*given;
    many += fmt::format("{}{} is {} ({})", many.empty() ? "" : " and ", key, given->value.get(),
                        input::mention(given->place, first->place));
  };
  look("node_count", estimator.node_count);
  look("process_count_per_node", outer);
  if (!first) return;
  report.error(first->place, fmt::format("{}, and distributed_training is not given", many),
               "add distributed_training = { type = \"mpi\" }, or run one process on one node");
}

void check_slurm_options(const input::Estimator& estimator, toml::Report& report) {
  if (!estimator.slurm) return;
  const auto& slurm = estimator.slurm->value;
  if (slurm.nice && (slurm.nice->value > largest_nice || slurm.nice->value < -largest_nice)) {
    report.error(slurm.nice->place,
                 fmt::format("slurm.nice is {}, and Slurm takes up to {} either way",
                             slurm.nice->value, largest_nice));
  }
  if (slurm.extra) {
    for (const auto& option : slurm.extra->value) check_extra(option, estimator, report);
  }
  if (slurm.binding) check_binding(*slurm.binding, processes_of(process_key(estimator)), report);
  // A key that is written with a wrong value has its own finding.
  const bool may_ask_for_gpus = !estimator.misses("use_gpu") && !estimator.use_gpu;
  const bool may_name_gpus = !estimator.misses("slurm.gpus_per_node") && !slurm.gpus_per_node;
  if (slurm.gpu_type && gpus_per_node(estimator, slurm, 1) == 0 && !may_ask_for_gpus &&
      !may_name_gpus) {
    report.error(slurm.gpu_type->place, "slurm.gpu_type is given, and no GPU is asked for",
                 "set use_gpu = true or slurm.gpus_per_node");
  }
}

Allocation allocate(const input::Estimator& estimator, const input::ComputeTarget& target,
                    const input::Site& site, toml::Report& report) {
  const auto slurm = estimator.slurm ? estimator.slurm->value : input::SlurmOptions{};
  Allocation asked;
  asked.nodes = nodes_of(estimator);
  asked.ranks_per_node = processes_of(process_key(estimator));
  asked.cpus_per_rank =
      count_of(slurm.cpus_per_task, input::slurm_keys(), &input::SlurmOptions::cpus_per_task);
  asked.gpus_per_node = gpus_per_node(estimator, slurm, asked.ranks_per_node);
  if (asked.gpus_per_node > 0) asked.gpu_type = value_or(slurm.gpu_type, target.node_type.gpu_type);
  if (const auto& duration = estimator.max_run_duration_seconds) {
    asked.minutes = duration->value.minutes_rounded_up();
  } else if (estimator.misses("max_run_duration_seconds")) {
    asked.minutes = minutes_of_site(site);
  }
  if (slurm.mem) asked.memory_mib = (slurm.mem->value.bytes() + mib - 1) / mib;
  asked.exclusive = slurm.exclusive
                        ? slurm.exclusive->value
                        : input::default_of(input::slurm_keys(), &input::SlurmOptions::exclusive);
  asked.nice = slurm.nice ? slurm.nice->value
                          : input::default_of(input::slurm_keys(), &input::SlurmOptions::nice);
  if (!is_local(target)) asked.binding = value_or(slurm.binding, site.defaults.binding);
  asked.account = value_or(slurm.account, target.account);
  asked.partition = value_or(slurm.partition, target.partition);
  asked.qos = value_or(slurm.qos, target.qos);
  asked.constraint = value_or(slurm.constraint, target.constraint);
  asked.reservation = value_or(slurm.reservation);
  asked.array = value_or(slurm.array);
  asked.dependency = value_or(slurm.dependency);
  asked.mail = value_or(slurm.mail);
  asked.begin = value_or(slurm.begin);
  asked.deadline = value_or(slurm.deadline);
  asked.licenses = value_or(slurm.licenses);
  if (slurm.extra) {
    for (const auto& option : slurm.extra->value) asked.extra.push_back(option.value);
  }
  decide_restarts(estimator, asked);
  check_against_node(estimator, slurm, asked, target.node_type, report);
  check_against_site(estimator, slurm, target, site.limits, report);
  return asked;
}

}  // namespace chainer::plan
