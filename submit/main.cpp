// chainer-submit: reads the command line, runs one command, prints.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
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

volatile std::sig_atomic_t interrupted = 0;

/// Sleeps until the time is over or Ctrl-C is pressed, which it takes over with its first use.
class RealPause : public Pause {
 public:
  bool wait(std::chrono::milliseconds time) override {
    if (!is_listening_) listen();
    const timespec wanted{time.count() / 1000, time.count() % 1000 * 1'000'000};
    ::nanosleep(&wanted, nullptr);
    return interrupted == 0;
  }

 private:
  void listen() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    ::sigaction(SIGINT, &action, nullptr);  // without SA_RESTART: nanosleep ends at once
    is_listening_ = true;
  }
  bool is_listening_{false};
};

/// Shells see that a person pressed Ctrl-C only when the program dies of it.
[[noreturn]] void end_by_interrupt() {
  ::signal(SIGINT, SIG_DFL);
  ::raise(SIGINT);
  std::abort();
}

ExitCode run(std::vector<std::string> arguments) {
  Terminal terminal;
  const auto parsed = parse_command_line(std::move(arguments));
  if (const auto* text = std::get_if<CommandLineText>(&parsed)) {
    if (text->code == ExitCode::done)
      terminal.out(text->text);
    else
      terminal.err(text->text);
    return text->code;
  }
  RealProcessRunner processes;
  RealPause pause;
  return run_command(std::get<CommandLine>(parsed), Surroundings::of_this_process(),
                     {processes, pause, std::time(nullptr)}, terminal);
}

}  // namespace
}  // namespace chainer

int main(int argc, char** argv) {
  using chainer::ExitCode;
  try {
    const auto code = chainer::run({argv + 1, argv + argc});
    if (code == ExitCode::interrupted) chainer::end_by_interrupt();
    return static_cast<int>(code);
  } catch (const std::exception& defect) {
    std::fprintf(stderr, "chainer-submit: defect: %s\nhint: report this with the command line\n",
                 defect.what());
    return static_cast<int>(ExitCode::defect);
  }
}
