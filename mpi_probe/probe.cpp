#include "mpi_probe/probe.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iterator>

#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "core/unique_fd.hpp"
#include "mpi_probe/chatter.hpp"
#include "mpi_probe/networks.hpp"
#include "mpi_probe/rank.hpp"
#include "version.hpp"

namespace chainer::mpi_probe {
namespace {

constexpr std::size_t most_chatter = 64U << 20;

using Complain = std::function<void(const MpiProblem&)>;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string own_host() {
  constexpr std::size_t room = 256;
  std::array<char, room> name{};
  ::gethostname(name.data(), room - 1);
  return name.data();
}

/// Each stage is a line to the parent, and so is the report in the end.
[[noreturn]] void be_the_rank(const CommandLine& line, int to_parent, int chatter) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(chatter, stream);
  make_mpis_talkative();
  const auto tell = [&](const std::string& text) {
    if (!write_all(to_parent, text)) ::_exit(EXIT_FAILURE);
  };
  MpiReport report;
  auto found = find_mpi(line.library);
  if (found) {
    report = measure_as_rank(*std::move(found), own_host(),
                             [&](const std::string& stage) { tell(stage + "\n"); });
  } else {
    report.has_mpi = found.error().fault != Fault::user;
    report.problems.push_back({found.error().what, found.error().hint});
  }
  tell(mpi_report_json(report));
  ::_exit(EXIT_SUCCESS);
}

/// What the child told until it ended, or until it was ended because it told nothing more.
struct Told {
  std::string stage{"loading the MPI"};
  std::string report{};  ///< if it came to that
  std::string said{};    ///< by its MPI
  bool hangs{false};
};

std::string end_text(int wait_status) {
  return WIFSIGNALED(wait_status) ? "signal " + std::to_string(WTERMSIG(wait_status))
                                  : "exit code " + std::to_string(WEXITSTATUS(wait_status));
}

/// What to do about an MPI that ended its process, by its own words.
std::string next_after(const std::string& complaint, const Told& told) {
  const auto says = [&](std::string_view word) {
    return complaint.find(word) != std::string::npos;
  };
  if (says("PMI support") || says("direct launched") || says("PMIX") || says("PMIx"))
    return "an MPI that speaks the PMIx of Slurm (srun --mpi=list shows which there are)";
  if (says("unable to reach each other") || says("unreachable") || says("pml"))
    return "see which ways it may take: OMPI_MCA_pml, OMPI_MCA_btl and UCX_TLS in the environment";
  if (told.hangs)
    return "see that the nodes reach each other on all ports, and by which network: "
           "OMPI_MCA_btl_tcp_if_include and UCX_NET_DEVICES name one";
  return "start it by hand to see all that it says: srun -N2 -n2 --mpi=pmix chainer-mpi-probe";
}

/// Which of the step it is, for an MPI that has not come to say it.
int rank_by_slurm() { return std::atoi(variable("SLURM_PROCID").c_str()); }

std::string who() { return "rank " + std::to_string(rank_by_slurm()) + " on " + own_host(); }

MpiProblem problem_of(const Told& told, int wait_status) {
  const auto complaint = complaint_in(told.said);
  const auto what = told.hangs ? who() + " hangs in " + told.stage
                               : who() + " was ended by its MPI in " + told.stage + " (" +
                                     end_text(wait_status) + ")";
  return {complaint.empty() ? what : what + ": " + complaint, next_after(complaint, told)};
}

/// The two pipes from a rank.
class Listener {
 public:
  Listener(UniqueFd report, UniqueFd chatter, const Complain& complain)
      : report_(std::move(report)), chatter_(std::move(chatter)), complain_(complain) {}

  Told hear(pid_t child, int patience_s) && {
    using Clock = std::chrono::steady_clock;
    const auto patience = std::chrono::seconds(patience_s);
    auto end = Clock::now() + patience;
    while (report_) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
      if (left <= 0) {
        told_.hangs = true;
        ::kill(child, SIGKILL);
        break;
      }
      // A descriptor that is closed is -1, which poll passes over.
      pollfd waited[] = {{report_.get(), POLLIN, 0}, {chatter_.get(), POLLIN, 0}};
      if (::poll(waited, std::size(waited), static_cast<int>(left)) <= 0) continue;
      // The stage first: it was told before the MPI said anything in it.
      if (waited[0].revents != 0) {
        hear_report();
        end = Clock::now() + patience;
      }
      if (waited[1].revents != 0 && report_) hear_chatter();
    }
    return std::move(told_);
  }

 private:
  /// Appends what there is to read; at the end the descriptor is closed.
  static void take_in(UniqueFd& from, std::string& into) {
    std::array<char, 4096> bytes{};
    const auto got = read_some(from.get(), bytes.data(), bytes.size());
    if (got <= 0) return from.reset();
    into.append(bytes.data(), static_cast<std::size_t>(got));
  }

  void hear_report() {
    auto& text = told_.report;
    take_in(report_, text);
    for (auto end = text.find('\n'); end != std::string::npos && text[0] != '{';
         end = text.find('\n')) {
      told_.stage = text.substr(0, end);
      text.erase(0, end + 1);
    }
    // Whatever the MPI said before is in the other pipe by now.
    pollfd waited{chatter_.get(), POLLIN, 0};
    while (!report_ && chatter_ && ::poll(&waited, 1, 0) > 0) hear_chatter();
  }

  /// A complaint is passed on at once: an MPI that gives up lets Slurm kill this process too.
  void hear_chatter() {
    take_in(chatter_, told_.said);
    if (told_.said.size() > most_chatter) return chatter_.reset();
    auto complaint = complaint_in(told_.said);
    if (complaint.empty() || complaint == complaint_) return;
    complaint_ = std::move(complaint);
    complain_(
        {who() + " says in " + told_.stage + ": " + complaint_, next_after(complaint_, told_)});
  }

  UniqueFd report_, chatter_;
  const Complain& complain_;
  std::string complaint_;
  Told told_;
};

/// A way of TCP gets the interface, which Open MPI says by the address of the other side.
void name_interfaces(const Chatter& chatter, std::vector<MpiWay>& ways) {
  const auto tcp = std::ranges::find(ways, "tcp", &MpiWay::by);
  if (tcp == ways.end() || !tcp->device.empty() || chatter.peers.empty()) return;
  tcp->device = interface_to(chatter.peers.front());
}

/// Before the MPI has begun.
Probed without_a_rank(const Error& error) {
  Probed probed{{}, ExitCode::failed};
  probed.report.problems.push_back({error.what, error.hint});
  return probed;
}

Probed take_in(const Told& told, int wait_status) {
  Probed probed;
  const auto reports = parse_mpi_reports(told.report);
  if (!told.hangs && reports && !reports->empty()) {
    probed.report = reports->front();
  } else {
    probed.report.rank = rank_by_slurm();
    probed.report.problems.push_back(problem_of(told, wait_status));
  }
  const bool has_failed = !probed.report.problems.empty();
  probed.code = !probed.report.has_mpi ? ExitCode::no_mpi
                : has_failed           ? ExitCode::failed
                                       : ExitCode::measured;
  auto chatter = read_chatter(told.said);
  probed.report.layer = chatter.layer;
  probed.report.ways = chatter.ways;
  name_interfaces(chatter, probed.report.ways);
  return probed;
}

Probed watch_a_rank(const CommandLine& line, const Complain& complain) {
  auto report = Pipe::create(), chatter = Pipe::create();
  if (!report) return without_a_rank(report.error());
  if (!chatter) return without_a_rank(chatter.error());
  const auto child = ::fork();
  if (child < 0) return without_a_rank(Error::from_errno("cannot start a rank", errno));
  if (child == 0) be_the_rank(line, report->write_end.get(), chatter->write_end.get());
  report->write_end.reset();
  chatter->write_end.reset();
  const auto told = Listener(std::move(report->read_end), std::move(chatter->read_end), complain)
                        .hear(child, line.patience_s);
  return take_in(told, wait_for_end(child));
}

/// What a report says of the place, whatever came of the MPI.
MpiReport with_surroundings(MpiReport report) {
  report.probe = version;
  report.pmix_of_slurm = variable("PMIX_VERSION");
  report.networks = fast_networks("/sys/class");
  return report;
}

}  // namespace

Probed probe_mpi(const CommandLine& line, const TellEarly& tell_early) {
  const auto complain = [&](const MpiProblem& problem) {
    MpiReport report;
    report.rank = rank_by_slurm();
    report.problems.push_back(problem);
    tell_early(with_surroundings(std::move(report)));
  };
  auto probed = watch_a_rank(line, complain);
  probed.report = with_surroundings(std::move(probed.report));
  return probed;
}

}  // namespace chainer::mpi_probe
