// chainer-submit: reads the command line, runs one command, prints.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "submit/command_line.hpp"
#include "submit/commands.hpp"

namespace chainer {
namespace {

class Terminal : public Console {
 public:
  void out(std::string_view text) override { write(stdout, text); }
  void err(std::string_view text) override { write(stderr, text); }
  Colour colour() const override {
    const auto* no_colour = std::getenv("NO_COLOR");  // no-color.org: any value but an empty one
    return ::isatty(STDERR_FILENO) != 0 && !(no_colour && *no_colour) ? Colour::on : Colour::off;
  }

 private:
  static void write(std::FILE* stream, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stream);
    std::fflush(stream);
  }
};

ExitCode run(std::vector<std::string> arguments) {
  Terminal terminal;
  const auto parsed = parse_command_line(std::move(arguments));
  if (const auto* text = std::get_if<CommandLineText>(&parsed)) {
    if (text->code == ExitCode::done) terminal.out(text->text);
    else terminal.err(text->text);
    return text->code;
  }
  return run_command(std::get<CommandLine>(parsed), Surroundings::of_this_process(), terminal);
}

}  // namespace
}  // namespace chainer

int main(int argc, char** argv) {
  using chainer::ExitCode;
  try {
    return static_cast<int>(chainer::run({argv + 1, argv + argc}));
  } catch (const std::exception& defect) {
    std::fprintf(stderr, "chainer-submit: defect: %s\nhint: report this with the command line\n",
                 defect.what());
    return static_cast<int>(ExitCode::defect);
  }
}
