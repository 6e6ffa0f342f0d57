// chainer-gpu-probe's own command line, and its manual page, which come from one definition.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace chainer::gpu_probe {

enum class ExitCode {
  measured = 0,
  failed = 1,  ///< CUDA failed, or a card has errors in its memory
  wrong_usage = 2,
  no_gpu = 3,  ///< there is no GPU, or no driver for one
};

struct CommandLine {
  bool is_json{false};
  bool is_quick{false};
  std::vector<int> gpus{};  ///< as CUDA counts them; none: all
};

/// The answer to a command line that asks only for text (--help, --version), or that is wrong.
struct CommandLineText {
  std::string text;
  ExitCode code{ExitCode::measured};
};

/// `arguments` are those behind the program's name.
std::variant<CommandLine, CommandLineText> parse_command_line(
    const std::vector<std::string>& arguments);

/// chainer-gpu-probe(8).
std::string probe_manual();

}  // namespace chainer::gpu_probe
