// chainer-gpu-probe: how fast the GPUs of this machine are, and whether they are well.
#include <cstdio>

#include "core/command_line/text_answer.hpp"
#include "core/printable.hpp"
#include "gpu_probe/command_line.hpp"
#include "gpu_probe/probe.hpp"
#include "gpu_probe/table.hpp"

namespace chainer::gpu_probe {
namespace {

/// Where nothing was measured there is nothing to show but why.
std::string complaint_of(const GpuReport& report) {
  std::string text;
  for (const auto& [what, next] : report.problems)
    text += "chainer-gpu-probe: " + printable(what) + "\nnext: " + printable(next) + "\n";
  return text;
}

ExitCode run(const CommandLine& line) {
  const auto [report, code] = probe_gpus(line);
  const bool has_table = !line.is_json && !report.gpus.empty();
  if (!line.is_json && !has_table) write_to(stderr, complaint_of(report));
  const bool is_written = write_to(stdout, line.is_json ? gpu_report_json(report)
                                           : has_table  ? table_of(report)
                                                        : "");
  return is_written ? code : ExitCode::failed;
}

}  // namespace
}  // namespace chainer::gpu_probe

int main(int argc, char** argv) {
  using namespace chainer::gpu_probe;
  using chainer::write_to;
  const auto parsed = parse_command_line({argv + 1, argv + argc});
  if (const auto* text = std::get_if<CommandLineText>(&parsed)) {
    const bool is_answer = text->code == ExitCode::measured;
    return write_to(is_answer ? stdout : stderr, text->text) ? static_cast<int>(text->code)
                                                             : static_cast<int>(ExitCode::failed);
  }
  return static_cast<int>(run(std::get<CommandLine>(parsed)));
}
