// chainer-mpi-probe's own command line, and its manual page, which come from one definition.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace chainer::mpi_probe {

enum class ExitCode {
  measured = 0,
  failed = 1,  ///< MPI failed, hangs, or its ranks do not see each other
  wrong_usage = 2,
  no_mpi = 3,
};

struct CommandLine {
  std::string library{};  ///< empty: it is looked for
  int patience_s{60};     ///< with each stage of the work
};

/// The answer to a command line that asks only for text (--help, --version), or that is wrong.
struct CommandLineText {
  std::string text;
  ExitCode code{ExitCode::measured};
};

/// `arguments` are those behind the program's name.
std::variant<CommandLine, CommandLineText> parse_command_line(
    const std::vector<std::string>& arguments);

/// chainer-mpi-probe(8).
std::string probe_manual();

}  // namespace chainer::mpi_probe
