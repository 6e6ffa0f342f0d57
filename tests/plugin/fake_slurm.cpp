#include "plugin/fake_slurm.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <slurm/slurm_errno.h>
extern "C" {
#include <slurm/spank.h>
}
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace chainer::fixtures {
namespace {

/// What the spank_* functions answer from; each process has its own copy.
struct State {
  const Scenario* scenario{nullptr};
  spank_context_t context{S_CTX_ERROR};
  std::uint32_t step_id{0};
  int task{-1};
  uid_t uid{0};
  gid_t gid{0};
  std::vector<char*> environment;
  struct Option {
    char name[64];
    int has_argument, value;
    spank_opt_cb_f callback;
  };
  Option options[32];
  std::size_t option_count{0};
};
State state;

spank_context_t context_of(const std::string& name) {
  if (name == "remote") return S_CTX_REMOTE;
  return name == "allocator" ? S_CTX_ALLOCATOR : S_CTX_LOCAL;
}

int count_entries(const char* folder) {
  const std::filesystem::directory_iterator entries(folder);
  return static_cast<int>(std::distance(begin(entries), end(entries)));
}

using Hook = int (*)(spank_t, int, char**);

int call_options(int remote) {
  int code = 0;
  for (const auto& [name, value] : state.scenario->options) {
    for (std::size_t i = 0; i < state.option_count; ++i) {
      const auto& option = state.options[i];
      if (name == option.name && option.callback(option.value, value, remote) != 0) code = -1;
    }
  }
  return code;
}

/// A hook that is ready to be called, so that the call itself allocates nothing of ours.
class ReadyHook {
 public:
  ReadyHook(void* plugin, const Call& call)
      : name_(call.hook),
        arguments_{"conf=" + state.scenario->conf},
        symbol_(::dlsym(plugin, ("slurm_spank_" + call.hook).c_str())) {
    const auto& more = state.scenario->arguments;
    arguments_.insert(arguments_.end(), more.begin(), more.end());
    for (auto& argument : arguments_) pointers_.push_back(argument.data());
    pointers_.push_back(nullptr);
  }

  int call() {
    if (name_ == "option_local") return call_options(0);
    if (name_ == "option_remote") return call_options(1);
    if (symbol_ == nullptr) return 0;
    const auto count = static_cast<int>(arguments_.size());
    return reinterpret_cast<Hook>(symbol_)(nullptr, count, pointers_.data());
  }

 private:
  std::string name_;
  std::vector<std::string> arguments_;
  std::vector<char*> pointers_;
  void* symbol_;
};

/// slurmstepd blocks SIGTERM for all hooks but task_init.
void set_sigterm(bool blocked) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigprocmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &set, nullptr);
}

/// What slurmstepd does between task_init_privileged and task_init.
void become_user() {
  if (::getuid() != 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setresgid(state.gid, state.gid, state.gid) != 0 ||
      ::setresuid(state.uid, state.uid, state.uid) != 0) {
    ::_exit(99);
  }
}

class Player {
 public:
  Player(const std::vector<Process>& recording, const Scenario& scenario, int report)
      : recording_(recording), scenario_(scenario), report_(report) {}

  [[noreturn]] void play(const Process& process) {
    if (!process.title.starts_with("task ")) scenario_.at_start();  // they inherit it
    for (const auto& call : process.calls) {
      if (call.hook == "task_post_fork") fork_tasks(process);
      if (call.hook == "task_init") become_user();
      if (perform(process, call) != 0 && scenario_.is_required) {
        end(process, 1);  // slurmstepd gives the task or the step up
      }
    }
    if (process.title.starts_with("task ")) say("said", process.title, scenario_.at_end());
    end(process, 0);
  }

  void say(const char* kind, const std::string& process, const std::string& text) const {
    const std::string line = std::string(kind) + "\t" + process + "\t" + text + "\n";
    if (::write(report_, line.data(), line.size()) < 0) ::_exit(98);
  }

  /// Starts a process of the recording as a child of this one. It uses the raw call: glibc's uses
  /// clone, which the test of idle steps forbids.
  pid_t start(const Process& process) {
    const auto pid = static_cast<pid_t>(::syscall(SYS_fork));
    if (pid == 0) play(process);
    return pid;
  }

 private:
  int perform(const Process& process, const Call& call) {
    state.context = context_of(call.context);
    state.task = call.task;
    set_sigterm(call.blocks_sigterm);
    ReadyHook hook(plugin_, call);
    const int before = looking_ ? count_entries("/proc/self/fd") : 0;
    scenario_.before_hook(call);
    const int code = hook.call();
    scenario_.after_hook(call);
    const int opened = looking_ ? count_entries("/proc/self/fd") - before : 0;
    const int threads = looking_ ? count_entries("/proc/self/task") : 0;
    std::ostringstream text;
    text << call.hook << ' ' << code << ' ' << opened << ' ' << threads;
    say("outcome", process.title, text.str());
    return code;
  }

  void fork_tasks(const Process& stepd) {
    if (!tasks_.empty()) return;
    const std::string of_step = stepd.title.substr(std::strlen("slurmstepd"));
    for (const auto& process : recording_) {
      if (process.title.starts_with("task ") && process.title.ends_with(of_step)) {
        tasks_.emplace_back(&process, start(process));
      }
    }
  }

  [[noreturn]] void end(const Process&, int code) {
    for (const auto& [process, pid] : tasks_) wait_for(*process, pid);
    ::_exit(code);
  }

 public:
  void wait_for(const Process& process, pid_t pid) const {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    say("end", process.title,
        WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                            : "exit " + std::to_string(WEXITSTATUS(status)));
  }

  void load() {
    plugin_ = ::dlopen(PLUGIN, RTLD_LAZY);  // as plugin_load_from_file does
    if (plugin_ == nullptr) throw std::runtime_error(::dlerror());
  }
  void look(bool looking) { looking_ = looking; }

 private:
  const std::vector<Process>& recording_;
  const Scenario& scenario_;
  int report_;
  void* plugin_{nullptr};
  bool looking_{true};
  std::vector<std::pair<const Process*, pid_t>> tasks_;
};

std::uint32_t step_of(const std::string& title) {
  const auto name = title.substr(title.find_last_of(' ') + 1);
  if (name == "batch") return 0xfffffffb;
  if (name == "interactive") return 0xfffffffa;
  return static_cast<std::uint32_t>(std::atoi(name.c_str()));
}

void read_line(const std::string& line, Replay& result) {
  const auto first = line.find('\t'), second = line.find('\t', first + 1);
  const auto kind = line.substr(0, first), process = line.substr(first + 1, second - first - 1);
  const auto text = line.substr(second + 1);
  if (kind == "end") result.ends[process] = text;
  if (kind == "said") result.said[process] = text;
  if (kind != "outcome") return;
  Outcome outcome{process, {}, 0, 0, 0};
  std::istringstream(text) >> outcome.hook >> outcome.code >> outcome.opened >> outcome.threads;
  result.outcomes.push_back(outcome);
}

std::string contents(int file) {
  std::string text(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), '\0');
  const ssize_t got = ::pread(file, text.data(), text.size(), 0);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

}  // namespace

Replay replay(const std::vector<Process>& recording, const Scenario& scenario) {
  const int report = ::memfd_create("report", MFD_CLOEXEC);
  const int errors = ::memfd_create("errors", MFD_CLOEXEC);
  ::fcntl(report, F_SETFL, O_APPEND);
  ::fcntl(errors, F_SETFL, O_APPEND);

  state = {};
  state.scenario = &scenario;
  state.uid = scenario.uid;
  state.gid = scenario.gid;
  for (const auto& entry : scenario.environment)
    state.environment.push_back(const_cast<char*>(entry.c_str()));
  state.environment.push_back(nullptr);

  for (const auto& process : recording) {
    if (process.title.starts_with("task ")) continue;  // started by its slurmstepd
    std::fflush(nullptr);  // else an exiting process would write buffered text once more
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::dup2(errors, STDERR_FILENO);
      ::clearenv();
      for (const auto& entry : scenario.environment) ::putenv(const_cast<char*>(entry.c_str()));
      state.step_id = step_of(process.title);
      Player player(recording, scenario, report);
      player.load();
      player.look(!scenario.options.empty());
      player.play(process);
    }
    Player(recording, scenario, report).wait_for(process, pid);
  }

  Replay result;
  result.errors = contents(errors);
  std::istringstream lines(contents(report));
  for (std::string line; std::getline(lines, line);) read_line(line, result);
  ::close(report);
  ::close(errors);
  return result;
}

std::vector<Outcome> Replay::of(const std::string& hook) const {
  std::vector<Outcome> found;
  for (const auto& outcome : outcomes) {
    if (outcome.hook == hook) found.push_back(outcome);
  }
  return found;
}

int Replay::code_of(const std::string& process, const std::string& hook) const {
  for (const auto& outcome : outcomes) {
    if (outcome.process == process && outcome.hook == hook) return outcome.code;
  }
  return 999;
}

}  // namespace chainer::fixtures

using chainer::fixtures::state;

namespace {
constexpr auto success = static_cast<spank_err_t>(ESPANK_SUCCESS);  // a macro in some releases
}

// What Slurm gives a plugin. None of these may allocate: tests let memory run out around them.
extern "C" {

spank_context_t spank_context(void) { return state.context; }

spank_err_t spank_option_register(spank_t, struct spank_option* option) {
  auto& copy = state.options[state.option_count++];
  std::snprintf(copy.name, sizeof copy.name, "%s", option->name);
  copy.has_argument = option->has_arg;
  copy.value = option->val;
  copy.callback = option->cb;
  return success;
}

spank_err_t spank_get_item(spank_t, spank_item_t item, ...) {
  va_list values;
  va_start(values, item);  // NOLINT(clang-diagnostic-varargs): Slurm's own declaration
  spank_err_t answer = success;
  switch (item) {
    case S_JOB_ID: *va_arg(values, std::uint32_t*) = 7; break;
    case S_JOB_STEPID: *va_arg(values, std::uint32_t*) = state.step_id; break;
    case S_JOB_UID: *va_arg(values, uid_t*) = state.uid; break;
    case S_JOB_GID: *va_arg(values, gid_t*) = state.gid; break;
    case S_JOB_ENV: *va_arg(values, char***) = state.environment.data(); break;
    case S_TASK_ID: *va_arg(values, int*) = state.task; break;
    default: answer = static_cast<spank_err_t>(ESPANK_NOT_AVAIL);
  }
  va_end(values);
  return answer;
}

spank_err_t spank_setenv(spank_t, const char*, const char*, int) { return success; }
spank_err_t spank_unsetenv(spank_t, const char*) { return success; }
spank_err_t spank_job_control_setenv(spank_t, const char*, const char*, int) { return success; }

static void say_on_stderr(const char* format, va_list values) {
  char line[512];
  const int size = std::vsnprintf(line, sizeof line - 1, format, values);
  const auto length = std::min(static_cast<std::size_t>(size), sizeof line - 2);
  line[length] = '\n';
  if (::write(STDERR_FILENO, line, length + 1) < 0) ::_exit(97);
}

void slurm_error(const char* format, ...) {
  va_list values;
  va_start(values, format);
  say_on_stderr(format, values);
  va_end(values);
}

/// On a node this goes only into the log, unless srun has --verbose.
void slurm_info(const char* format, ...) {
  if (state.context == S_CTX_REMOTE) return;
  va_list values;
  va_start(values, format);
  say_on_stderr(format, values);
  va_end(values);
}

}  // extern "C"
