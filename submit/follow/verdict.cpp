#include "submit/follow/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/byte_size.hpp"
#include "core/json/json_text.hpp"
#include "core/take_part.hpp"
#include "core/text_file.hpp"

namespace chainer::follow {
namespace {

constexpr std::string_view head_of_traceback = "Traceback (most recent call last):";
// Of a script that Python cannot read, it shows the place alone.
constexpr std::string_view head_of_syntax_error = "  File \"";

constexpr std::size_t longest_quote = 300;  // bytes of a line of the log

struct Signal {
  int number;
  std::string_view words;
};
constexpr Signal signals[] = {
    {SIGABRT, "SIGABRT: it ended itself"},
    {SIGBUS, "SIGBUS: a page that is not there"},
    {SIGFPE, "SIGFPE: an arithmetic error"},
    {SIGHUP, "SIGHUP"},
    {SIGILL, "SIGILL: an instruction that this CPU does not have"},
    {SIGINT, "SIGINT: it was interrupted"},
    {SIGKILL, "SIGKILL: it was killed"},
    {SIGPIPE, "SIGPIPE: nobody read its output"},
    {SIGSEGV, "SIGSEGV: a segmentation fault"},
    {SIGTERM, "SIGTERM: it was asked to end"},
    {SIGUSR1, "SIGUSR1"},
    {SIGUSR2, "SIGUSR2"},
    {SIGXCPU, "SIGXCPU: its CPU time was used up"},
};

bool has(std::string_view text, std::string_view words) { return text.find(words) != text.npos; }

// Of one whose characters it cannot read it shows no place, and this first.
constexpr std::string_view start_of_syntax_error = "SyntaxError: ";

/// A line of a log that is safe to show: nothing that would steer a terminal, and not too long.
std::string quoted(std::string_view line) {
  std::string text(line.substr(0, longest_quote));
  std::erase_if(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return text;
}

/// The number after `words`.
std::optional<int> number_after(std::string_view text, std::string_view words) {
  const auto at = text.find(words);
  if (at == text.npos) return std::nullopt;
  int value = 0;
  const auto* from = text.data() + at + words.size();
  const auto [end, failure] = std::from_chars(from, text.data() + text.size(), value);
  return failure == std::errc{} ? std::optional(value) : std::nullopt;
}

/// The word after `words`; empty where they do not occur.
std::string_view word_after(std::string_view text, std::string_view words) {
  const auto at = text.find(words);
  if (at == text.npos) return {};
  text.remove_prefix(at + words.size());
  return text.substr(0, text.find_first_of(" \n"));
}

std::string syntax_error_without_place(std::string_view log) {
  while (!log.empty()) {
    const auto line = take_line(log);
    if (line.starts_with(start_of_syntax_error)) return quoted(line);
  }
  return {};
}

bool ran_out_of_memory(const Failure& failure) {
  return failure.state == "OUT_OF_MEMORY" || has(failure.log_end, "oom-kill") ||
         has(failure.log_end, "oom_kill");
}

/// What Slurm's state says, with the limit that was met and its key.
std::string of_state(const Failure& failure) {
  if (failure.state == "TIMEOUT") {
    return failure.limits.minutes > 0
               ? fmt::format("job {} ran out of time: max_run_duration_seconds gave it {} min",
                             failure.job, failure.limits.minutes)
               : fmt::format(
                     "job {} ran out of time: the partition's limit; "
                     "max_run_duration_seconds asks for a longer one",
                     failure.job);
  }
  if (ran_out_of_memory(failure)) {
    return failure.limits.memory_mib > 0
               ? fmt::format("job {} ran out of memory: slurm.mem gave it {} MiB on each node",
                             failure.job, failure.limits.memory_mib)
               : fmt::format("job {} ran out of memory: slurm.mem asks for more", failure.job);
  }
  const auto lost = failure.state == "NODE_FAIL" ? word_after(failure.log_end, "Node failure on ")
                                                 : std::string_view();
  if (!lost.empty()) return fmt::format("job {} lost the node {}", failure.job, quoted(lost));
  const auto words = run::explain_state(failure.state);
  return words.empty() ? std::string() : fmt::format("job {} {}", failure.job, words);
}

/// Whether `list`, such as "0,2-5", holds the number.
bool holds(std::string_view list, int number) {
  while (!list.empty()) {
    const auto range = list.substr(0, list.find(','));
    list.remove_prefix(std::min(range.size() + 1, list.size()));
    const auto dash = range.find('-');
    const auto first = number_after(range, "");
    const auto last = dash == range.npos ? first : number_after(range, "-");
    if (first && last && *first <= number && number <= *last) return true;
  }
  return false;
}

/// The node of a rank, from what srun says when it ends: "srun: error: n2: tasks 2-3: Killed".
std::string_view node_of(int rank, std::string_view log) {
  constexpr std::string_view head = "srun: error: ";
  while (!log.empty()) {
    auto line = take_line(log);
    if (!line.starts_with(head)) continue;
    line.remove_prefix(head.size());
    const auto node = line.substr(0, line.find(": "));
    line.remove_prefix(std::min(node.size() + 2, line.size()));
    if (!line.starts_with("task")) continue;
    line.remove_prefix(line.find(' ') + 1);
    if (holds(line.substr(0, line.find(':')), rank)) return node;
  }
  return {};
}

/// " on n2", or nothing.
std::string on(std::string_view node) {
  return node.empty() ? std::string() : fmt::format(" on {}", node);
}

/// An MPI_Abort, which ends all ranks.
struct Abort {
  int rank;
  std::optional<int> code;
};

/// In the words of Open MPI, or of MPICH and what descends from it, as MVAPICH does.
std::optional<Abort> abort_in(std::string_view log) {
  if (const auto rank = number_after(log, "MPI_ABORT was invoked on rank "))
    return Abort{*rank, number_after(log, "with errorcode ")};
  constexpr std::string_view mpich = "application called MPI_Abort(";
  const auto at = log.find(mpich);
  if (at == log.npos) return std::nullopt;
  log.remove_prefix(at + mpich.size());
  const auto line = take_line(log);
  const auto rank = number_after(line, " - process ");
  return rank ? std::optional(Abort{*rank, number_after(line, ", ")}) : std::nullopt;
}

std::string shm_limit(const Failure& failure) {
  return fmt::format("shm_size gave it {}",
                     ByteSize::from_bytes(failure.limits.shm_bytes).to_string());
}

/// Whether Slurm ended the run, and the rank only ended with it.
bool was_ended_with_the_job(const Failure& failure, int code) {
  const bool is_slurms_end =
      !run::explain_state(failure.state).empty() && !ran_out_of_memory(failure);
  return is_slurms_end && (code == 128 + SIGTERM || code == 128 + SIGKILL);
}

std::string of_first_rank(const Failure& failure) {
  const auto& record = failure.record;
  const auto rank = first_rank_of(record, failure.log_end);
  if (!rank) return {};
  // The rank may be killed before it notes its own end.
  if (const auto abort = abort_in(failure.log_end); abort && abort->rank == *rank) {
    return fmt::format("rank {}{} called MPI_Abort{}", *rank, on(node_of(*rank, failure.log_end)),
                       abort->code ? fmt::format(" with code {}", *abort->code) : "");
  }
  const auto code = record.ranks.at(*rank);
  if (was_ended_with_the_job(failure, code)) return {};
  auto text = fmt::format("rank {}{} failed first, {}", *rank, on(record.first_failure_node),
                          explain_code(code));
  if (code == 128 + SIGBUS && record.full_folder.empty() && failure.limits.shm_bytes > 0) {
    text += fmt::format("; a full /dev/shm does that: {}", shm_limit(failure));
  }
  return text;
}

/// Which folder is full, and what set its size.
std::string of_full_folder(const Failure& failure) {
  const auto& record = failure.record;
  if (!failure.full_folder.empty()) {
    return fmt::format("; no room is left in {}", failure.full_folder);
  }
  if (record.full_folder.empty()) return {};
  const bool is_shm = record.full_folder == "/dev/shm" && failure.limits.shm_bytes > 0;
  const bool is_by_quota =
      has(failure.rank_end.empty() ? failure.log_end : failure.rank_end, "Disk quota exceeded");
  return fmt::format("; {}{} is full{}", quoted(std::string_view(record.full_folder)),
                     on(record.first_failure_node),
                     is_shm        ? ": " + shm_limit(failure)
                     : is_by_quota ? ": your quota is used up"
                                   : "");
}

/// An error line, taken apart: "chainer: node n2, step 4.0: cannot …" as a node says it, or
/// "chainer: cannot …" of a run that has no nodes.
struct NodesWord {
  std::string_view node, reason, next;
};

/// What a line says went wrong, if it is such a line.
std::optional<NodesWord> word_of(std::string_view line) {
  constexpr std::string_view program = "chainer: ", node = "node ", verb = "cannot ";
  if (!line.starts_with(program)) return std::nullopt;
  line.remove_prefix(program.size());
  if (line.starts_with(verb)) return NodesWord{{}, line, {}};
  if (!line.starts_with(node)) return std::nullopt;
  line.remove_prefix(node.size());
  const auto comma = line.find(", step ");
  const auto colon = line.find(": ");
  if (comma == line.npos || colon == line.npos || colon < comma) return std::nullopt;  // progress
  return NodesWord{line.substr(0, comma), line.substr(colon + 2), {}};
}

/// The error of the first node that failed, with its next step.
NodesWord first_word(std::string_view log) {
  while (!log.empty()) {
    auto word = word_of(take_line(log));
    if (!word) continue;
    if (const auto next = take_line(log); next.starts_with("next: ")) word->next = next.substr(6);
    return *word;
  }
  return {};
}

std::string of_preparation(const Failure& failure) {
  const auto word = first_word(failure.preparation_end);
  if (!word.reason.empty()) {
    return fmt::format("the preparation failed{}: {}{}{}", on(word.node), quoted(word.reason),
                       word.next.empty() ? "" : "; next: ", quoted(word.next));
  }
  std::string_view rest = failure.preparation_end;
  std::string_view last;
  while (!rest.empty()) {
    const auto line = take_line(rest);
    if (line.find_first_not_of(" \t") != line.npos && !line.starts_with("srun: ")) last = line;
  }
  return fmt::format("the preparation ended with exit code {}{}{}", *failure.record.preparation,
                     last.empty() ? "" : ": ", quoted(last));
}

/// For when there is no first rank, and no state that says more.
std::string of_job(const Failure& failure) {
  const auto& record = failure.record;
  if (!failure.lost_folder.empty()) {
    return fmt::format("job {} lost its folder: {} is gone", failure.job,
                       quoted(std::string_view(failure.lost_folder)));
  }
  if (record.terminated) return fmt::format("job {} was ended by a signal", failure.job);
  if (record.status.value_or(0) != 0) {
    return fmt::format("job {} ended with exit code {}", failure.job, *record.status);
  }
  if (record.has_ended()) {
    return fmt::format("job {} ended with exit code 0, but {} of {} ranks said how they ended",
                       failure.job, record.ranks.size(), record.rank_count.value_or(1));
  }
  if (failure.is_local) {
    return fmt::format("process {} was killed, and left no record of its end", failure.job);
  }
  if (failure.left_queue && !record.start) return "it was taken out of the queue";
  if (failure.is_forgotten) {
    return fmt::format(
        "job {} vanished: Slurm no longer knows it, and it left no record of its end", failure.job);
  }
  return fmt::format(
      "job {} {}: Slurm says {}", failure.job,
      record.start ? "was ended before its script could say how" : "could not start its script",
      failure.state);
}

}  // namespace

RunLimits read_run_limits(const run::RunFolder& folder) {
  const auto text = read_text_file(folder.plan());
  const auto plan = parse_json(text ? *text : "");
  if (!plan.is_object()) return {};
  const auto number = [](const nlohmann::json& object, const char* key) -> std::int64_t {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  const auto asked = plan.value("allocation", nlohmann::json::object());
  if (!asked.is_object()) return {};
  return {number(asked, "minutes"), static_cast<std::uint64_t>(number(asked, "memory_mib")),
          static_cast<std::uint64_t>(number(plan, "shm_bytes"))};
}

std::string explain_code(int code) {
  const auto* known = std::ranges::find(signals, code - 128, &Signal::number);
  if (code > 128 && known != std::end(signals)) return fmt::format("of {}", known->words);
  return code > 128 && code < 128 + NSIG ? fmt::format("of signal {}", code - 128)
                                         : fmt::format("with exit code {}", code);
}

std::string exception_in(std::string_view log) {
  auto start = log.find(head_of_traceback);
  if (start == log.npos) start = log.find(head_of_syntax_error);
  if (start == log.npos) return syntax_error_without_place(log);
  log.remove_prefix(start);
  std::string_view exception;
  bool is_in_traceback = false;
  while (!log.empty()) {
    const auto line = take_line(log);
    if (has(line, head_of_traceback) || line.starts_with(head_of_syntax_error)) {
      is_in_traceback = true;
    } else if (is_in_traceback && !line.empty() && line[0] != ' ' && line[0] != '\t') {
      exception = line;
      is_in_traceback = false;
    } else if (!is_in_traceback && !line.empty() && !line.starts_with("During handling") &&
               !line.starts_with("The above exception")) {
      break;  // the output of something else
    }
  }
  return quoted(exception);
}

std::string last_exception_in(std::string_view log) {
  auto last = log.rfind(head_of_traceback);
  if (last == log.npos) last = log.rfind(head_of_syntax_error);
  return exception_in(last == log.npos ? log : log.substr(last));
}

std::optional<int> first_rank_of(const RunRecord& record, std::string_view log_end) {
  const auto abort = abort_in(log_end);
  const auto aborted = abort ? std::optional(abort->rank) : std::nullopt;
  const auto& first = record.first_failure;
  if (!first || !record.ranks.contains(*first)) return aborted;
  // Ranks that MPI_Abort ended may note their end before the one that called it.
  const bool is_victim = aborted && aborted != first && record.ranks.at(*first) > 128;
  return is_victim ? aborted : first;
}

std::string verdict(const Failure& failure) {
  if (failure.record.preparation.value_or(0) != 0 && run::explain_state(failure.state).empty()) {
    return fmt::format("{}{}; log {}", of_preparation(failure), of_full_folder(failure),
                       failure.preparation_log);
  }
  auto text = of_state(failure);
  const auto first = of_first_rank(failure);
  if (!first.empty()) text += (text.empty() ? "" : "; ") + first;
  if (text.empty()) text = of_job(failure);
  // What a program that was ended from outside shows is what it was just doing, not the reason.
  const bool failed_by_itself = !first.empty() && run::explain_state(failure.state).empty();
  const auto exception = failure.rank_end.empty() ? exception_in(failure.log_end)
                                                  : last_exception_in(failure.rank_end);
  if (failed_by_itself && !exception.empty()) text += ": " + exception;
  text += of_full_folder(failure);
  return failure.record.start ? fmt::format("{}; log {}", text, failure.log) : text;
}

}  // namespace chainer::follow
