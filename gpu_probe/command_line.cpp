#include "gpu_probe/command_line.hpp"

#include <CLI/CLI.hpp>

#include "core/command_line/command_format.hpp"
#include "core/command_line/command_help.hpp"
#include "core/command_line/text_answer.hpp"
#include "core/manual_page.hpp"
#include "version.hpp"

namespace chainer::gpu_probe {
namespace {

constexpr char program[] = "chainer-gpu-probe";
constexpr int most_gpus = 1024;

void define(CLI::App& app, CommandLine& line) {
  set_format_of_help(app);
  app.set_version_flag("--version", std::string(program) + " " + version,
                       "Show the version and exit");
  app.add_flag("--json", line.is_json, "Print JSON, in one line");
  app.add_flag("--quick", line.is_quick,
               "Take less than two seconds for each GPU, with smaller buffers");
  auto* gpu =
      app.add_option("--gpu", line.gpus,
                     "Measure this GPU, as CUDA counts them, instead of all; may be repeated")
          ->type_name("N")
          ->allow_extra_args(false);
  check_range(*gpu, 0, most_gpus - 1);
}

}  // namespace

std::variant<CommandLine, CommandLineText> parse_command_line(
    const std::vector<std::string>& arguments) {
  CommandLine line;
  CLI::App app("Measures the GPUs of this machine.", program);
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
  ManualPage page({program, 8, "System Manager's Manual", "how fast a machine's GPUs are",
                   "gpu_probe/command_line.cpp, by its test"});
  page.section("SYNOPSIS");
  page.usage(program, {"[OPTION...]"});
  page.section("DESCRIPTION");
  page.paragraph(
      "chainer-gpu-probe measures each GPU that it sees: how fast it copies from and to pinned "
      "memory of the host, within its own memory (bytes read and bytes written), and to other GPUs "
      "that it reaches without the host; and how long it takes to start a kernel that does "
      "nothing. Beside that it names the GPU, its memory, the errors that its memory counts, and "
      "the versions of the driver and of CUDA.");
  page.paragraph(
      "The bandwidth that a card states is the clock of its memory by the width of its bus, twice. "
      "A card in order copies at 90 % of that and more. The copy is by cudaMemcpy, and by kernels "
      "of several shapes; the fastest is named.");
  page.paragraph(
      "It needs no library but glibc, 2.35 or newer where it was built on Debian 12, and those of "
      "the driver, which it loads if they are there, so that it runs inside of an image too. It "
      "takes at most a quarter of the memory that is "
      "free, and gives up on a GPU that does not answer.");
  page.section("OPTIONS");
  write_options(page, app);
  page.section("EXIT STATUS");
  page.entry("0", "The GPUs were measured.");
  page.entry("1",
             "Something failed: an error of CUDA's, which is named with what to do, or errors in a "
             "card's memory that could not be corrected since the driver was loaded.");
  page.entry("2", "Wrong usage.");
  page.entry("3", "There is no GPU, or no driver for one.");
  page.section("EXAMPLES");
  page.paragraph("Measure the GPUs of a node, and then inside of a container:");
  page.lines(
      "srun --gres=gpu:1 /usr/libexec/chainer/chainer-gpu-probe\n"
      "srun --gres=gpu:1 --chainer-image=docker://debian:12 \\\n"
      "    --chainer-mount=/usr/libexec/chainer/chainer-gpu-probe \\\n"
      "    /usr/libexec/chainer/chainer-gpu-probe");
  page.paragraph("The same on every node that has GPUs, compared:");
  page.lines("chainer-submit doctor --gpu");
  page.see_also({"chainer-node(8)", "chainer-submit(1)", "spank_chainer(8)"});
  return page.text();
}

}  // namespace chainer::gpu_probe
