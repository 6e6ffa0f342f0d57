// A command that is asked something, such as one of Slurm's, and how long to wait for its answer.
#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "submit/run/console.hpp"
#include "submit/run/services.hpp"

namespace chainer::run {

/// No answer came.
struct Unanswered {
  std::string why;
  bool is_interrupted{false};  ///< the person asked to stop
};

using Reply = std::variant<Finished, Unanswered>;

/// Asks with this process's environment, without what would steer the command or change how it
/// writes its answer. After a second, the person is told what is waited for; at the end of
/// `patience`, or when the person asks to stop, the command is ended.
Reply ask(const std::vector<std::string>& argv, const Services& services, Console& console,
          std::chrono::seconds patience);

/// Like `ask`, but an answer with an exit code other than 0 is none.
Reply ask_for_success(const std::vector<std::string>& argv, const Services& services,
                      Console& console, std::chrono::seconds patience);

}  // namespace chainer::run
