#include "node/commands/said.hpp"

#include <unistd.h>

#include <string>

#include "core/failure_message.hpp"
#include "core/fd_io.hpp"
#include "node/wire/message.hpp"

namespace chainer::commands {
void say(std::string_view line) {
  static_cast<void>(write_all(STDERR_FILENO, std::string(line) + "\n").has_value());
}

int fail(const Error& error, std::string_view label) {
  say(failure_message(label, error));
  return wire::exit_code_of(error.fault);
}

int fail_unless_told(const Error& error) {
  return error.is_told ? wire::exit_code_of(error.fault) : fail(error);
}

}  // namespace chainer::commands
