#include "mpi_probe/command_line.hpp"

#include <CLI/CLI.hpp>

#include "core/command_line/command_format.hpp"
#include "core/command_line/command_help.hpp"
#include "core/command_line/text_answer.hpp"
#include "core/manual_page.hpp"
#include "version.hpp"

namespace chainer::mpi_probe {
namespace {

constexpr char program[] = "chainer-mpi-probe";
constexpr int most_patience_s = 3600;

void define(CLI::App& app, CommandLine& line) {
  set_format_of_help(app);
  app.set_version_flag("--version", std::string(program) + " " + version,
                       "Show the version and exit");
  app.add_option("--library", line.library, "The MPI's library, instead of the one that is found")
      ->type_name("FILE");
  auto* patience =
      app.add_option("--patience", line.patience_s,
                     "How long the MPI may take for each stage of the work, instead of 60 seconds")
          ->type_name("SECONDS");
  check_range(*patience, 1, most_patience_s);
}

}  // namespace

std::variant<CommandLine, CommandLineText> parse_command_line(
    const std::vector<std::string>& arguments) {
  CommandLine line;
  CLI::App app("Measures the MPI that it finds, as one of its ranks, and prints JSON.", program);
  define(app, line);
  if (auto answer = read_arguments(app, arguments)) {
    return CommandLineText{std::move(answer->text),
                           answer->is_wrong_usage ? ExitCode::wrong_usage : ExitCode::measured};
  }
  return line;
}

std::string probe_manual() {
  CommandLine unused;
  CLI::App app;
  define(app, unused);
  ManualPage page({program, 8, "System Manager's Manual", "how ranks of an MPI reach each other",
                   "mpi_probe/command_line.cpp, by its test"});
  page.section("SYNOPSIS");
  page.usage("srun -N2 -n2 --mpi=pmix " + std::string(program), {"[OPTION...]"});
  page.section("DESCRIPTION");
  page.paragraph(
      "chainer-mpi-probe is one rank of an MPI program. It loads the MPI that it finds where it "
      "runs, on a node or in an image: Open MPI from 2 on, or one of the family of MPICH, which "
      "Intel MPI and MVAPICH belong to. That is the one whose mpirun comes first in the PATH, else "
      "the one that the loader finds. Ranks 0 and 1 send each other messages of several sizes, and "
      "all ranks add numbers up. Rank 0 prints, as JSON in one line: which MPI that is, which "
      "PMIx it and Slurm have, which way the messages took, what faster networks the node has, and "
      "the shortest times. A rank that fails prints such a line with the reason.");
  page.paragraph(
      "It needs no library but glibc, 2.35 or newer where it was built on Debian 12. An MPI that "
      "does not answer for a minute is ended. chainer-submit probe mpi starts it outside of a "
      "container and inside, and compares the two.");
  page.section("OPTIONS");
  write_options(page, app);
  page.section("EXIT STATUS");
  page.entry("0", "The ranks reach each other.");
  page.entry("1", "MPI failed or hangs, or its ranks do not see each other.");
  page.entry("2", "Wrong usage.");
  page.entry("3", "There is no MPI.");
  page.section("EXAMPLES");
  page.paragraph("Two nodes, with the MPI of an image:");
  page.lines(
      "srun -N2 -n2 --mpi=pmix --chainer-image=docker://example/mpi:1 \\\n"
      "    --chainer-mount=/usr/libexec/chainer/chainer-mpi-probe \\\n"
      "    /usr/libexec/chainer/chainer-mpi-probe");
  page.paragraph("The same beside the nodes' own MPI, in words:");
  page.lines("chainer-submit probe mpi --image docker://example/mpi:1");
  page.see_also({"chainer-submit(1)", "chainer-gpu-probe(8)", "spank_chainer(8)"});
  return page.text();
}

}  // namespace chainer::mpi_probe
