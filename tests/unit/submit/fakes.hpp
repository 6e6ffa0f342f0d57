// Stand-ins for the world: programs, time, a terminal.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "submit/cli/commands.hpp"
#include "submit/run/process.hpp"

namespace chainer {

struct FakeConsole : run::Console {
  void out(std::string_view text) override { written += text; }
  void err(std::string_view text) override { complained += text; }
  std::string written, complained;
};

/// A program that has ended, or one that never does.
struct FakeProcess : run::RunningProcess {
  explicit FakeProcess(std::optional<run::Finished> how) : end(std::move(how)) {}
  std::optional<run::Finished> wait(std::chrono::milliseconds) override { return end; }
  std::optional<run::Finished> end;
};

/// Answers each call with the next of its answers, the last one for ever, and remembers the calls.
/// An answer with this code is a program that hangs.
constexpr int hangs = -1;
struct FakeProcesses : run::ProcessRunner {
  Result<std::unique_ptr<run::RunningProcess>> start(
      const std::vector<std::string>& argv, const std::vector<std::string>& environment) override {
    if (argv[0] == "sinfo") {  // the quick look before each submission
      return std::unique_ptr<run::RunningProcess>(
          std::make_unique<FakeProcess>(run::Finished{0, sinfo, ""}));
    }
    if (argv[0].ends_with("ruff")) {  // the look at the entry script
      ruff_calls.push_back(argv);
      return std::unique_ptr<run::RunningProcess>(std::make_unique<FakeProcess>(ruff));
    }
    if (argv[0] == "sacct") {
      return std::unique_ptr<run::RunningProcess>(std::make_unique<FakeProcess>(
          sacct.empty() ? run::Finished{1, "", "Slurm accounting storage is disabled\n"}
                        : run::Finished{0, sacct, ""}));
    }
    if (on_sbatch && argv[0] == "sbatch") on_sbatch();
    calls.push_back(argv);
    environments.push_back(environment);
    if (on_squeue && argv[0] == "squeue") {
      return std::unique_ptr<run::RunningProcess>(
          std::make_unique<FakeProcess>(run::Finished{0, on_squeue(), ""}));
    }
    auto answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return std::unique_ptr<run::RunningProcess>(
        std::make_unique<FakeProcess>(answer.code == hangs ? std::nullopt : std::optional(answer)));
  }
  std::deque<run::Finished> answers;
  std::string sacct;  ///< what it writes; empty: no accounts are kept
  run::Finished ruff{127, "", "ruff: not found\n"};
  std::string sinfo{"p*|up|infinite|1-infinite|9|64|64000|gpu:8|nvlink\n"};
  std::function<std::string()>
      on_squeue;                    ///< what squeue writes, where that is not an answer above
  std::function<void()> on_sbatch;  ///< what happens while sbatch is asked
  std::vector<std::vector<std::string>> calls, environments, ruff_calls;
};

/// What chainer-node answers of an image.
inline run::Finished resolved_to(const std::string& digest,
                                 const std::string& foreign_platform = {}) {
  return {0,
          R"({"digest":")" + digest + R"(","foreign_platform":")" + foreign_platform +
              R"(","own_platform":"linux/amd64"})" + "\n",
          ""};
}

/// Does one thing for each pause; Ctrl-C when nothing is left to do and the patience is over.
struct FakePause : run::Pause {
  bool wait(std::chrono::milliseconds) override {
    if (!events.empty()) {
      events.front()();
      events.pop_front();
    }
    return patience-- > 0;
  }
  std::deque<std::function<void()>> events;
  int patience{100};
};

}  // namespace chainer
