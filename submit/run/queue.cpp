#include "submit/run/queue.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <utility>

#include "core/take_part.hpp"
#include "submit/run/cluster_facts.hpp"

namespace chainer::run {
namespace {

constexpr std::pair<std::string_view, std::string_view> reasons[] = {
    {"Priority", "jobs of higher priority go first"},
    {"Resources", "waiting for nodes to become free"},
    {"Dependency", "waiting for the job that it depends on"},
    {"DependencyNeverSatisfied",
     "the job that it depends on ended the other way: it will never start"},
    {"BeginTime", "its begin time is not reached"},
    {"JobHeldUser", "held by its user: scontrol release lets it go"},
    {"JobHeldAdmin", "held by an administrator"},
    {"Reservation", "waiting for its reservation"},
    {"JobArrayTaskLimit", "as many of its array run as may at once"},
    {"Licenses", "waiting for a licence"},
    {"PartitionDown", "the partition is down"},
    {"PartitionInactive", "the partition takes no jobs to start"},
    {"PartitionNodeLimit", "it asks for more nodes than the partition gives: it will not start"},
    {"PartitionTimeLimit", "it asks for more time than the partition gives: it will not start"},
    {"PartitionConfig", "it asks for more than the partition has: it will not start"},
    {"ReqNodeNotAvail", "nodes that it needs are down, drained or reserved"},
    {"Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions",
     "nodes that it needs are down, drained or reserved"},
    {"BadConstraints", "no node has what it asks for: it will not start"},
    {"InvalidAccount", "the account is not valid"},
    {"InvalidQOS", "the quality of service is not valid"},
    {"AssocMaxJobsLimit", "the account has as many jobs as it may have"},
    {"QOSMaxJobsPerUserLimit", "the user has as many jobs as the quality of service allows"},
    {"QOSMaxWallDurationPerJobLimit",
     "it asks for more time than the quality of service allows: it will not start"},
    {"NonZeroExitCode", ""},
    {"None", ""},
};

constexpr std::pair<std::string_view, std::string_view> endings[] = {
    {"CANCELLED", "was cancelled"},
    {"TIMEOUT", "ran out of time"},
    {"NODE_FAIL", "lost a node"},
    {"OUT_OF_MEMORY", "ran out of memory"},
    {"PREEMPTED", "was ended for a job of higher priority"},
    {"BOOT_FAIL", "got nodes that did not boot"},
    {"DEADLINE", "could not end before its deadline"},
    {"REVOKED", "was taken away by its cluster"},
};

template <std::size_t N>
std::string_view look_up(const std::pair<std::string_view, std::string_view> (&table)[N],
                         std::string_view word) {
  const auto* found = std::ranges::find(table, word, [](const auto& row) { return row.first; });
  return found == std::end(table) ? std::string_view{} : found->second;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Slurm's word for a job that it has forgotten, or never had.
bool is_unknown_job(const Finished& finished) {
  return finished.err.find("Invalid job id") != std::string::npos;
}

void note_shared_numbers(JobStates& states) {
  std::map<std::string_view, int> counts;
  for (const auto& state : states) ++counts[state.job];
  for (auto& state : states) state.shares_number = counts[state.job] > 1;
}

/// What squeue ended with, where it ends in time.
std::variant<Finished, NoAnswer> answer_of_squeue(const std::vector<std::string>& question,
                                                  ProcessRunner& processes,
                                                  std::chrono::milliseconds patience) {
  const auto running = processes.start(question, environment_of_questions(own_environment()));
  if (!running) return NoAnswer{running.error().what};
  auto finished = (*running)->wait(patience);
  if (!finished) return NoAnswer{"squeue does not answer"};
  return *std::move(finished);
}

}  // namespace

bool is_of_run(const std::string& working_folder, const RunFolder& run) {
  namespace fs = std::filesystem;
  std::error_code hidden;  // then it is there, and somebody else's
  if (working_folder.empty() || working_folder == run.path()) return true;
  if (fs::equivalent(working_folder, run.path(), hidden)) return true;
  return !fs::exists(working_folder, hidden) && !hidden;
}

QueueQuestion::QueueQuestion(const std::string& job, RunFolder run, ProcessRunner& processes)
    : run_(std::move(run)),
      squeue_(processes.start({"squeue", "--noheader", "--array", "--states=all", "--jobs=" + job,
                               "--format=%A|%K|%T|%N|%r|%Z"},
                              environment_of_questions(own_environment()))) {}

std::optional<QueueAnswer> QueueQuestion::answer() {
  if (!squeue_) return NoAnswer{squeue_.error().what};
  const auto finished = (*squeue_)->wait(std::chrono::milliseconds(0));
  if (!finished) return std::nullopt;
  if (finished->code != 0) {
    if (is_unknown_job(*finished)) return JobStates{};
    return NoAnswer{first_line(finished->err)};
  }
  JobStates states;
  for (std::string_view rest = finished->out; !rest.empty();) {
    auto line = take_line(rest);
    JobState state;
    state.job = take_part(line, '|');
    state.index = take_part(line, '|');
    if (state.index == "N/A") state.index.clear();
    state.state = take_part(line, '|');
    state.nodes = take_part(line, '|');
    state.reason = take_part(line, '|');
    // The folder is last, since it is the one that may hold anything.
    if (is_of_run(std::string(line), run_)) states.push_back(std::move(state));
  }
  note_shared_numbers(states);
  return states;
}

AccountingQuestion::AccountingQuestion(const std::string& job, RunFolder run,
                                       ProcessRunner& processes)
    : run_(std::move(run)),
      sacct_(processes.start(
          {"sacct", "--noheader", "--parsable2", "--allocations", "--starttime=1970-01-01",
           "--jobs=" + job, "--format=JobIDRaw,JobID,State,NodeList,WorkDir"},
          environment_of_questions(own_environment()))) {}

std::optional<JobStates> AccountingQuestion::answer() {
  if (!sacct_) return JobStates{};
  const auto finished = (*sacct_)->wait(std::chrono::milliseconds(0));
  if (!finished) return std::nullopt;
  JobStates states;
  if (finished->code != 0) return states;
  for (auto& [job, name, words, nodes, folder] : rows_of<5>(finished->out)) {
    if (!is_of_run(std::string(folder), run_)) continue;
    const auto word = words.substr(0, words.find(' '));  // "CANCELLED by 1000"
    if (!is_final(word)) continue;
    const auto index = name.find('_');  // "12_3" is an element of an array
    states.push_back({std::string(job),
                      std::string(index == name.npos ? "" : name.substr(index + 1)),
                      std::string(word), "", std::string(nodes)});
  }
  return states;
}

std::variant<JobsByFolder, NoAnswer> list_own_jobs(ProcessRunner& processes,
                                                   std::chrono::milliseconds patience,
                                                   ListedJobs listed) {
  // %F is the number that all elements of an array share; the folder comes last, since it may hold
  // anything.
  std::vector<std::string> question{"squeue", "--noheader", "--states=all",
                                    "--user=" + std::to_string(::geteuid()), "--format=%F|%Z"};
  if (listed == ListedJobs::alive) std::erase(question, "--states=all");
  const auto answer = answer_of_squeue(question, processes, patience);
  if (const auto* none = std::get_if<NoAnswer>(&answer)) return *none;
  const auto& finished = std::get<Finished>(answer);
  if (finished.code != 0) return NoAnswer{first_line(finished.err)};

  JobsByFolder jobs;
  for (std::string_view rest = finished.out; !rest.empty();) {
    auto line = take_line(rest);
    std::string job(take_part(line, '|'));
    auto& known = jobs[std::string(line)];
    if (std::ranges::find(known, job) == known.end()) known.push_back(std::move(job));
  }
  for (auto& [folder, numbers] : jobs) {
    std::ranges::sort(numbers, {},
                      [](const std::string& number) { return std::pair(number.size(), number); });
  }
  return jobs;
}

std::variant<std::string, NoAnswer> folder_of_living_job(const std::string& job,
                                                         ProcessRunner& processes,
                                                         std::chrono::milliseconds patience) {
  const auto answer = answer_of_squeue({"squeue", "--noheader", "--jobs=" + job, "--format=%Z"},
                                       processes, patience);
  if (const auto* none = std::get_if<NoAnswer>(&answer)) return *none;
  const auto& finished = std::get<Finished>(answer);
  if (finished.code == 0) return first_line(finished.out);  // one line for each of an array
  if (is_unknown_job(finished)) return std::string();
  return NoAnswer{first_line(finished.err)};
}

bool is_final(std::string_view state) {
  return state == "COMPLETED" || state == "FAILED" || !explain_state(state).empty();
}

std::string_view explain_reason(std::string_view reason) {
  // "ReqNodeNotAvail, UnavailableNodes:n1"
  const auto whole = look_up(reasons, reason);
  return whole.empty() ? look_up(reasons, reason.substr(0, reason.find(','))) : whole;
}

bool never_starts(std::string_view reason) {
  return explain_reason(reason).ends_with(": it will not start") ||
         explain_reason(reason).ends_with(": it will never start") || reason == "InvalidAccount" ||
         reason == "InvalidQOS";
}

std::string_view explain_state(std::string_view state) { return look_up(endings, state); }

}  // namespace chainer::run
