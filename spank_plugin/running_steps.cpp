#include "spank_plugin/running_steps.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <vector>

#include "core/fd_io.hpp"
#include "core/folder_names.hpp"
#include "core/name_list.hpp"
#include "core/result.hpp"
#include "spank_plugin/roots_folder.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_note = 512;
constexpr std::size_t largest_stat = 4096;

struct RunningStep {
  std::uint32_t job, step;
  pid_t process;           ///< slurmstepd
  uid_t uid;               ///< the job's user
  std::uint64_t started;   ///< when that process started, in the kernel's ticks
  int waiting_end;         ///< its descriptor
  std::uint64_t socket;    ///< and what that is
  std::uint64_t noted_at;  ///< nanoseconds since the node's start

  std::string label() const { return name_of_step(job, step); }
  std::string file_name() const {
    return std::to_string(job) + "." + std::to_string(step) + "." + std::to_string(process);
  }
};

UniqueFd open_process(pid_t process) {
  const auto path = "/proc/" + std::to_string(process);
  return UniqueFd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/// When a process started; nothing once it has ended, even if another has its number by then.
std::optional<std::uint64_t> start_of(const UniqueFd& process) {
  const UniqueFd file(::openat(process.get(), "stat", O_RDONLY | O_CLOEXEC));
  const auto text = file ? read_all(file.get(), largest_stat) : Result<std::string>(Error{""});
  // The name in parentheses may hold anything; the start is the 20th word after it.
  auto end_of_name = text ? text->rfind(')') : std::string::npos;
  if (end_of_name == std::string::npos) return std::nullopt;
  std::string_view rest = std::string_view(*text).substr(end_of_name + 1);
  for (int passed = 0; passed < 19 && !rest.empty(); ++passed)
    rest.remove_prefix(std::min(rest.find(' ', 1), rest.size()));
  return std::strtoull(std::string(rest).c_str(), nullptr, 10);
}

bool is_running(const RunningStep& step) {
  const auto process = open_process(step.process);
  return process && start_of(process) == step.started;
}

std::string text_of(const RunningStep& step) {
  return std::to_string(step.uid) + " " + std::to_string(step.started) + " " +
         std::to_string(step.waiting_end) + " " + std::to_string(step.socket) + " " +
         std::to_string(step.noted_at) + "\n";
}

std::optional<RunningStep> read_note(int folder, const std::string& name) {
  const UniqueFd file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  const auto text = file ? read_all(file.get(), largest_note) : Result<std::string>(Error{""});
  RunningStep step{};
  const bool is_name = std::sscanf(name.c_str(), "%" SCNu32 ".%" SCNu32 ".%d", &step.job,
                                   &step.step, &step.process) == 3;
  if (!text || !is_name || name != step.file_name()) return std::nullopt;
  const bool is_note =
      std::sscanf(text->c_str(), "%u %" SCNu64 " %d %" SCNu64 " %" SCNu64, &step.uid, &step.started,
                  &step.waiting_end, &step.socket, &step.noted_at) == 5;
  return is_note ? std::optional(step) : std::nullopt;
}

std::vector<std::string> names_of_notes(int folder) {
  auto names = names_in(folder);
  if (!names) return {};
  std::erase_if(*names, [](const std::string& name) { return name.starts_with('.'); });
  return *std::move(names);
}

/// The noted steps whose processes still exist. Other notes are removed.
std::vector<RunningStep> running_steps(int folder) {
  std::vector<RunningStep> steps;
  for (const auto& name : names_of_notes(folder)) {
    const auto step = read_note(folder, name);
    if (step && is_running(*step)) {
      steps.push_back(*step);
    } else {
      ::unlinkat(folder, name.c_str(), 0);
    }
  }
  return steps;
}

Result<UniqueFd> open_notes(const std::string& run_dir) {
  TRY(own_folder(run_dir, 0755));
  return own_folder(run_dir + "/steps", 0700);
}

std::uint64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

/// Writes the note as a whole or not at all: others may read it meanwhile.
void write_note(int folder, const RunningStep& step) {
  const auto name = step.file_name();
  const auto unfinished = "." + name;
  const UniqueFd file(::openat(folder, unfinished.c_str(),
                               O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  const bool is_whole = file && write_all(file.get(), text_of(step)).has_value();
  if (!is_whole || ::renameat(folder, unfinished.c_str(), folder, name.c_str()) != 0)
    ::unlinkat(folder, unfinished.c_str(), 0);
}

/// The channel's waiting end, taken from slurmstepd.
Result<UniqueFd> take_waiting_end(const RunningStep& step) {
  const auto process = open_process(step.process);
  const UniqueFd held(static_cast<int>(::syscall(SYS_pidfd_open, step.process, 0)));
  // While `process` refers to a living process nobody else has its number: `held` is the same one.
  if (!process || !held || start_of(process) != step.started)
    return Error::from_errno("it has just ended", ESRCH);
  UniqueFd end(static_cast<int>(::syscall(SYS_pidfd_getfd, held.get(), step.waiting_end, 0)));
  if (!end) return Error::from_errno("cannot reach its slurmstepd", errno);
  struct stat status {};
  if (::fstat(end.get(), &status) != 0 || !S_ISSOCK(status.st_mode) || status.st_ino != step.socket)
    return Error::from_errno("it has just ended", ESRCH);
  return end;
}

std::string names_of(const std::vector<RunningStep>& steps) {
  std::string names;
  for (const auto& step : steps) append_name(names, step.label());
  return names;
}

Error no_such_step(const NamedStep& named, const Step& by, const std::vector<RunningStep>& others) {
  const auto job = "job " + std::to_string(by.job_id);
  const auto what =
      named.step ? "cannot enter the step " + name_of_step(by.job_id, *named.step) +
                       ": it runs in no container on this node"
                 : "cannot enter a step of " + job + ": none runs in a container on this node";
  const auto hint =
      others.empty() ? std::string(
                           "name the node that it runs on (srun -w NODE), and the job "
                           "(--jobid=JOB); squeue --steps lists what runs. What --chainer-runtime "
                           "started cannot be entered")
                     : "in containers run here: " + names_of(others);
  return {what, hint, 0, Fault::user};
}

Error has_several(const RunningStep& step) {
  return {"cannot enter the step " + step.label() +
              ": several components of it run on this node, each in a container of its own",
          "start each component with an srun of its own", 0, Fault::user};
}

}  // namespace

void note_running_step(const std::string& run_dir, const Step& step, int waiting_end) {
  const auto folder = open_notes(run_dir);
  const pid_t slurmstepd = ::getppid();
  const auto started = start_of(open_process(slurmstepd));
  struct stat socket {};
  if (!folder || !started || ::fstat(waiting_end, &socket) != 0) return;
  running_steps(folder->get());
  write_note(folder->get(), {step.job_id, step.step_id, slurmstepd, step.account.uid, *started,
                             waiting_end, socket.st_ino, now()});
}

void forget_running_step(const std::string& run_dir, const Step& step) {
  const auto folder = open_notes(run_dir);
  if (!folder) return;
  RunningStep own{};
  own.job = step.job_id;
  own.step = step.step_id;
  own.process = ::getpid();
  ::unlinkat(folder->get(), own.file_name().c_str(), 0);
}

Result<SharedContainer> find_running_step(const std::string& run_dir, const NamedStep& named,
                                          const Step& by) {
  if (named.job && *named.job != by.job_id) {
    return Error{
        "cannot enter a step of job " + std::to_string(*named.job) + " from job " +
            std::to_string(by.job_id),
        "start the command in that job: srun --overlap --jobid=" + std::to_string(*named.job), 0,
        Fault::user};
  }
  TRY_ASSIGN(const auto folder, open_notes(run_dir));
  auto steps = running_steps(folder.get());
  std::erase_if(steps, [&](const RunningStep& step) {
    return step.job != by.job_id || step.uid != by.account.uid;
  });
  auto candidates = steps;
  if (named.step)
    std::erase_if(candidates, [&](const auto& step) { return step.step != *named.step; });
  if (candidates.empty()) return no_such_step(named, by, steps);
  const auto chosen = *std::ranges::max_element(candidates, {}, &RunningStep::noted_at);
  if (std::ranges::count(candidates, chosen.step, &RunningStep::step) > 1)
    return has_several(chosen);

  const auto within = "cannot enter the step " + chosen.label();
  auto end = take_waiting_end(chosen);
  if (!end) return std::move(end).error().within(within);
  auto container = StepChannel::look_into(end->get());
  if (!container) return std::move(container).error().within(within);
  return container;
}

}  // namespace chainer
