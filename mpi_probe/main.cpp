// chainer-mpi-probe: one rank that says how the ranks of an MPI reach each other.
#include <cstdio>

#include "core/command_line/text_answer.hpp"
#include "mpi_probe/command_line.hpp"
#include "mpi_probe/probe.hpp"

namespace chainer::mpi_probe {
namespace {

ExitCode run(const CommandLine& line) {
  const auto [report, code] =
      probe_mpi(line, [](const MpiReport& early) { write_to(stdout, mpi_report_json(early)); });
  const bool has_something_to_say = report.rank == 0 || !report.problems.empty();
  if (!has_something_to_say) return code;
  return write_to(stdout, mpi_report_json(report)) ? code : ExitCode::failed;
}

}  // namespace
}  // namespace chainer::mpi_probe

int main(int argc, char** argv) {
  using namespace chainer::mpi_probe;
  using chainer::write_to;
  const auto parsed = parse_command_line({argv + 1, argv + argc});
  if (const auto* text = std::get_if<CommandLineText>(&parsed)) {
    const bool is_answer = text->code == ExitCode::measured;
    return write_to(is_answer ? stdout : stderr, text->text) ? static_cast<int>(text->code)
                                                             : static_cast<int>(ExitCode::failed);
  }
  return static_cast<int>(run(std::get<CommandLine>(parsed)));
}
