#include "mpi_probe/rank.hpp"

#include <cstdlib>

#include "mpi_probe/loaded_pmix.hpp"
#include "mpi_probe/measurement.hpp"

namespace chainer::mpi_probe {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// MPICH says a page; the line with its version is the first of it.
std::string library_text(const std::string& said) {
  std::string line = first_line(said);
  for (auto& c : line) {
    if (c == '\t') c = ' ';
  }
  return line;
}

MpiProblem each_is_alone(int ranks, const std::string& family) {
  return {"each of the " + std::to_string(ranks) +
              " ranks is alone: this MPI did not learn of the others from Slurm",
          family == "MPICH"
              ? "an MPICH that speaks PMIx (built --with-pmix), or srun --mpi=pmi2 for one that "
                "speaks PMI"
              : "srun --mpi=pmix, and an Open MPI that was built with PMIx"};
}

}  // namespace

int ranks_of_step() {
  const char* said = std::getenv("SLURM_STEP_NUM_TASKS");
  const int ranks = said ? std::atoi(said) : 1;
  return ranks > 0 ? ranks : 1;
}

MpiReport measure_as_rank(FoundMpi found, const std::string& host,
                          const std::function<void(const std::string&)>& stage) {
  auto& mpi = *found.mpi;
  MpiReport report;
  report.family = found.family;
  report.file = found.file;
  stage("MPI_Init");
  mpi.init();
  report.library = library_text(mpi.library_version());
  report.pmix = loaded_pmix();
  report.rank = mpi.rank();
  if (mpi.size() == 1) {
    report.hosts = {host};
    report.problems.push_back(ranks_of_step() > 1
                                  ? each_is_alone(ranks_of_step(), found.family)
                                  : MpiProblem{"there is one rank, and nobody to talk to",
                                               "start two of them: srun -N2 -n2"});
    stage("MPI_Finalize");
    mpi.finalize();
    return report;
  }
  stage("the first message");
  report.hosts = hosts_of_ranks(mpi, host);
  const auto take_in = [&](Result<std::vector<MpiTime>> times, std::vector<MpiTime>& into) {
    if (times) {
      into = *std::move(times);
    } else {
      report.problems.push_back({times.error().what,
                                 "programs compute something wrong over this "
                                 "way: try another, and tell who maintains it"});
    }
  };
  stage("messages between ranks 0 and 1");
  take_in(measure_ping_pong(mpi), report.ping_pong);
  stage("sums over all ranks");
  take_in(measure_allreduce(mpi), report.allreduce);
  stage("MPI_Finalize");
  mpi.finalize();
  return report;
}

}  // namespace chainer::mpi_probe
