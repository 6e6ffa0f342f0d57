#include "submit/draft/cluster_question.hpp"

#include "submit/run/slurm_question.hpp"

namespace chainer::draft {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_of_draft = 20s;

Result<run::Finished> answer_of(const std::vector<std::string>& question,
                                const run::Services& services, run::Console& console) {
  auto reply = run::ask_for_success(question, services, console, patience_of_draft);
  if (auto* finished = std::get_if<run::Finished>(&reply)) return std::move(*finished);
  return Error{"Slurm does not answer: " + std::get<run::Unanswered>(reply).why,
               "call it on a host where sinfo and scontrol work", 0, Fault::try_again};
}

bool keeps_accounts(const std::string& config) {
  return run::value_in_config(config, "AccountingStorageType") == "accounting_storage/slurmdbd";
}

}  // namespace

Result<ClusterFacts> ask_for_cluster(const run::Services& services, run::Console& console) {
  TRY_ASSIGN(const auto config, answer_of({"scontrol", "show", "config"}, services, console));
  TRY_ASSIGN(const auto nodes, answer_of(run::question_for_node_groups(), services, console));
  ClusterFacts cluster{run::value_in_config(config.out, "ClusterName"),
                       run::value_in_config(config.out, "SLURM_VERSION"),
                       run::read_node_groups(nodes.out),
                       {}};
  if (cluster.groups.empty())
    return Error{"Slurm names no partition with nodes", "see sinfo --all", 0, Fault::try_again};
  // A host without the plugins for MPI still has a site.
  if (const auto types = answer_of({"srun", "--mpi=list"}, services, console))
    cluster.mpi_types = run::read_mpi_types(types->out + "\n" + types->err);
  if (!keeps_accounts(config.out)) return cluster;
  TRY_ASSIGN(const auto qos, answer_of(run::question_for_qos(), services, console));
  cluster.qos = run::read_qos(qos.out);
  return cluster;
}

}  // namespace chainer::draft
