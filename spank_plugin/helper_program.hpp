// A program of ours that a child of root's becomes, as another account.
#pragma once

#include <string>
#include <vector>

#include "core/account.hpp"
#include "core/pipe.hpp"
#include "core/result.hpp"

namespace chainer {

/// One descriptor of a program: which, and the number that it gets, from 3 to 6.
struct Placed {
  int fd;
  int number;
};

struct HelperProgram {
  std::string path;
  std::vector<std::string> arguments;
  const Account& account;
  char* const* environment;
  std::vector<Placed> descriptors;
};

/// What a child says when it cannot become its program.
struct LaunchFailure {
  enum class Stage { set_up, enter, become, start } stage;
  int error_number;
};

/// In the child: tells the pipe `launch` that it failed, with errno, and ends.
[[noreturn]] void fail_launch(int launch, LaunchFailure::Stage stage);

/// In the child: becomes the account for good, and the program. It has no other descriptor but
/// stderr, which is its stdout too, and ends with its parent.
[[noreturn]] void become_program(HelperProgram program, int launch);

/// Waits until every child of the pipe has become its program, or takes the first failure.
Result<void> await_launch(Pipe& launch, const std::string& program);

/// "was killed by signal 9", "ended with exit code 1": of a wait status.
std::string how_it_ended(int status);

}  // namespace chainer
