// Stand-ins for the world: programs, time, a terminal.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "submit/commands.hpp"

namespace chainer {

struct FakeConsole : Console {
  void out(std::string_view text) override { written += text; }
  void err(std::string_view text) override { complained += text; }
  std::string written, complained;
};

/// Answers each call with the next of its answers, the last one for ever, and remembers the calls.
struct FakeProcesses : ProcessRunner {
  Result<Finished> run(const std::vector<std::string>& argv,
                       const std::vector<std::string>& environment, Errors) override {
    calls.push_back(argv);
    environments.push_back(environment);
    auto answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return answer;
  }
  std::deque<Finished> answers;
  std::vector<std::vector<std::string>> calls, environments;
};

/// Does one thing for each pause; Ctrl-C when nothing is left to do and the patience is over.
struct FakePause : Pause {
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
