#include "submit/doctor/mpi_survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/trimmed.hpp"
#include "submit/doctor/halves.hpp"
#include "submit/doctor/mpi_comparison.hpp"
#include "submit/run/quoting.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

constexpr int seconds_for_nodes = 60;  // to become free
constexpr int minutes_of_mpi_job = 15;
constexpr auto patience_with_mpi_job = 17min;
constexpr int rounds_of_job = 3;

std::vector<std::string> step_of_rank(const MpiOrder& order,
                                      const std::vector<std::string>& options) {
  std::vector<std::string> line{"srun",
                                "--quiet",
                                "--mpi=" + order.mpi,
                                "--input=none",
                                "--chdir=/",
                                "--kill-on-bad-exit=1",
                                fmt::format("--nodes={}", order.nodes),
                                fmt::format("--ntasks={}", order.nodes)};
  line.insert(line.end(), options.begin(), options.end());
  line.push_back(order.probe);
  return line;
}

/// In turns, so that whatever else goes on meets both alike. An image that fails does so once.
std::string mpi_script(const MpiOrder& order) {
  const auto outside = script_of_half(Place::outside, step_of_rank(order, {}));
  const auto inside = script_of_half(
      Place::inside,
      step_of_rank(order, {"--chainer-image=" + order.image, mount_of_program(order.probe)}));
  auto script = outside + inside + "[ $code = 0 ] || exit 0\n";
  for (int round = 1; round < rounds_of_job; ++round) script += outside + inside;
  return script;
}

std::vector<std::string> mpi_job(const MpiOrder& order) {
  std::vector<std::string> line{"salloc",
                                "--quiet",
                                fmt::format("--nodes={}", order.nodes),
                                fmt::format("--ntasks={}", order.nodes),
                                "--ntasks-per-node=1",
                                fmt::format("--time={}", minutes_of_mpi_job),
                                fmt::format("--immediate={}", seconds_for_nodes)};
  line.insert(line.end(), order.asked.begin(), order.asked.end());
  line.insert(line.end(), {"sh", "-c", mpi_script(order)});
  return line;
}

/// The shorter of the two for each size.
void take_shorter(const std::vector<MpiTime>& times, std::vector<MpiTime>& into) {
  for (const auto& time : times) {
    const auto same = std::ranges::find(into, time.bytes, &MpiTime::bytes);
    if (same == into.end()) {
      into.push_back(time);
    } else {
      same->us = std::min(same->us, time.us);
    }
  }
}

/// What the rounds in one place came to: the shortest times of all, and the first complaint.
class Rounds {
 public:
  void take_in(const Half& half) {
    const auto reports = parse_mpi_reports(half.said);
    if (!reports || reports->empty()) {
      if (silence_.empty()) silence_ = reports ? words_of(half) : reports.error().what;
      return;
    }
    // Each rank that fails says so, and what it complained of before; the one with figures is
    // believed, or the last word.
    const auto measured = std::ranges::find_if(
        *reports, [](const MpiReport& report) { return !report.ping_pong.empty(); });
    const auto& report = measured == reports->end() ? reports->back() : *measured;
    if (!report_) {
      report_ = report;
      return;
    }
    take_shorter(report.ping_pong, report_->ping_pong);
    take_shorter(report.allreduce, report_->allreduce);
    for (const auto& problem : report.problems) {
      if (report_->problems.empty()) report_->problems.push_back(problem);
    }
  }

  const std::optional<MpiReport>& report() const { return report_; }
  const std::string& silence() const { return silence_; }

 private:
  std::optional<MpiReport> report_;
  std::string silence_;
};

std::string next_for_silence(const std::string& said, std::string_view where) {
  const auto has = [&](std::string_view word) { return said.find(word) != std::string::npos; };
  const bool is_inside = where == inside_of_container;
  if (lacks_its_libc(said) || (is_inside && has("No such file or directory")))
    return "an image with glibc 2.35 or newer: the probe does not run in others";
  if (has("No such file or directory"))
    return "install the package chainer-node on the nodes: the probe is part of it";
  if (has("MPI plugin") || has("mpi_") || has("--mpi="))
    return "srun --mpi=list shows what Slurm can start";
  return is_inside ? "see what srun --chainer-image=… says of this image"
                   : "see slurmd.log on the nodes";
}

void note_failure(const Rounds& rounds, std::string_view where, HealthLevel level,
                  HealthFindings& found) {
  const std::string why = where == inside_of_container
                              ? "jobs over several nodes fail in this image"
                              : "there is nothing to compare the image with";
  if (!rounds.report()) {
    if (rounds.silence().empty()) return;
    found.push_back({level, fmt::format("the MPI probe fails {}: {}", where, rounds.silence()),
                     "chainer-mpi-probe", why, next_for_silence(rounds.silence(), where)});
    return;
  }
  for (const auto& [what, next] : rounds.report()->problems)
    found.push_back({level, fmt::format("{}: {}", where, what), "MPI", why, next});
}

std::optional<MpiReport> measured(const Rounds& rounds) {
  const auto& report = rounds.report();
  return report && !report->ping_pong.empty() ? report : std::nullopt;
}

}  // namespace

MpiSurvey read_mpi_job(std::string_view out) {
  MpiSurvey survey;
  const auto outside = halves_in(out, Place::outside), inside = halves_in(out, Place::inside);
  Rounds said_outside, said_inside;
  for (const auto& half : outside) said_outside.take_in(half);
  for (const auto& half : inside) said_inside.take_in(half);
  survey.outside = measured(said_outside);
  survey.inside = measured(said_inside);
  note_failure(said_inside, inside_of_container, HealthLevel::problem, survey.findings);
  if (said_outside.report() && !said_outside.report()->has_mpi) {
    survey.findings.push_back(
        {HealthLevel::unseen, "how fast MPI is outside of a container", "",
         "the nodes have no MPI of their own",
         "nothing needs one: what was measured in the container stands alone"});
  } else {
    // Whoever works in containers does not need the nodes' own.
    note_failure(said_outside, outside_of_container,
                 survey.inside ? HealthLevel::warning : HealthLevel::problem, survey.findings);
  }
  std::ranges::move(compare_mpi(survey), std::back_inserter(survey.findings));
  return survey;
}

std::variant<MpiSurvey, run::Unanswered> survey_mpi(const MpiOrder& order,
                                                    const run::Services& services,
                                                    run::Console& console) {
  console.err(fmt::format("chainer-submit: measures on {} nodes, which takes about a minute\n",
                          order.nodes));
  auto reply = run::ask(mpi_job(order), services, console, patience_with_mpi_job);
  if (auto* silence = std::get_if<run::Unanswered>(&reply)) return std::move(*silence);
  const auto& ended = std::get<run::Finished>(reply);
  if (!halves_in(ended.out, Place::outside).empty()) return read_mpi_job(ended.out);
  const auto said = trimmed(ended.err.empty() ? ended.out : ended.err);
  return run::Unanswered{said.empty() ? fmt::format("salloc ended with {}", ended.code)
                                      : std::string(said.substr(0, said.find('\n')))};
}

}  // namespace chainer::doctor
