// chainer-submit: reads the command line, runs one command, prints.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <string>
#include <vector>

#include "core/owners_rights.hpp"
#include "submit/cli/command_line.hpp"
#include "submit/cli/commands.hpp"
#include "submit/cli/json_text.hpp"

namespace chainer {
namespace {

class Terminal : public run::Console {
 public:
  void out(std::string_view text) override {
    if (!write(stdout, text)) output_error_ = errno;
  }
  void err(std::string_view text) override { write(stderr, text); }
  Colour colour() const override { return colour_of(STDERR_FILENO); }
  Colour colour_of_output() const override { return colour_of(STDOUT_FILENO); }
  /// Why some of the output did not get where it was to go, as an errno; 0 when all of it did.
  int output_error() const { return output_error_; }

 private:
  static Colour colour_of(int fd) {
    const auto* no_colour = std::getenv("NO_COLOR");  // no-color.org: any value but an empty one
    return ::isatty(fd) != 0 && !(no_colour && *no_colour) ? Colour::on : Colour::off;
  }
  static bool write(std::FILE* stream, std::string_view text) {
    const auto written = std::fwrite(text.data(), 1, text.size(), stream);
    return std::fflush(stream) == 0 && written == text.size();
  }
  int output_error_{0};
};

volatile std::sig_atomic_t stopped_by = 0;

/// Sleeps until the time is over or the person asks to stop. It takes over the signals for that at
/// its first use.
class RealPause : public run::Pause {
 public:
  bool wait(std::chrono::milliseconds time) override {
    if (!is_listening_) listen();
    const timespec wanted{time.count() / 1000, time.count() % 1000 * 1'000'000};
    if (time.count() > 0 && stopped_by == 0) ::nanosleep(&wanted, nullptr);
    return stopped_by == 0;
  }
  bool is_asked_to_stop() const override { return stopped_by != 0; }

 private:
  void listen() {
    struct sigaction action {};
    action.sa_handler = [](int number) { stopped_by = number; };
    // Without SA_RESTART, so that nanosleep ends at once. A signal that is ignored, as under nohup,
    // stays so.
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
      struct sigaction before {};
      if (::sigaction(number, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) {
        ::sigaction(number, &action, nullptr);
      }
    }
    is_listening_ = true;
  }
  bool is_listening_{false};
};

/// Shells notice that a person pressed Ctrl-C only when the program dies of the signal.
[[noreturn]] void end_by_signal() {
  const int number = stopped_by != 0 ? stopped_by : SIGINT;
  ::signal(number, SIG_DFL);
  ::raise(number);
  std::abort();
}

/// If the caller closed one of the three standard streams, the next file that is opened would get
/// its number, and the output would go into that file. The stand-in takes no output, so that
/// writing there is an error.
void open_standard_streams() {
  int fd = STDIN_FILENO;
  while (fd >= 0 && fd <= STDERR_FILENO) fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (fd > STDERR_FILENO) ::close(fd);
}

bool wants_json(const std::vector<std::string>& arguments) {
  return std::ranges::any_of(arguments, [](std::string_view word) {
    return word == "--json" || word.starts_with("--json=");
  });
}

/// Help, the version, or what is wrong with the command line.
run::ExitCode show(const cli::CommandLineText& text, bool is_json, Terminal& terminal) {
  if (text.code != run::ExitCode::done) terminal.err(text.text);
  if (is_json && text.code != run::ExitCode::done) {
    terminal.out(cli::error_json({text.text, ""}, text.code, nullptr));
  } else if (text.code == run::ExitCode::done) {
    terminal.out(is_json ? cli::text_json(text.text) : text.text);
  }
  return text.code;
}

run::ExitCode run(const std::vector<std::string>& arguments, Terminal& terminal) {
  const auto parsed = cli::parse_command_line(arguments);
  if (const auto* text = std::get_if<cli::CommandLineText>(&parsed)) {
    return show(*text, wants_json(arguments), terminal);
  }
  run::RealProcessRunner processes;
  RealPause pause;
  return cli::run_command(std::get<cli::CommandLine>(parsed), cli::Surroundings::of_this_process(),
                          {processes, pause, std::time(nullptr)}, terminal);
}

run::ExitCode run_guarded(const std::vector<std::string>& arguments, Terminal& terminal) {
  try {
    return run(arguments, terminal);
  } catch (const std::exception& defect) {
    const Error error{std::string("defect: ") + defect.what(), "report this with the command line"};
    terminal.err("chainer-submit: " + error.what + "\nhint: " + error.hint + "\n");
    if (wants_json(arguments)) terminal.out(cli::error_json(error, run::ExitCode::defect, nullptr));
    return run::ExitCode::defect;
  }
}

}  // namespace
}  // namespace chainer

int main(int argc, char** argv) {
  using chainer::run::ExitCode;
  chainer::open_standard_streams();
  chainer::keep_owners_rights();
  chainer::Terminal terminal;
  const auto code = chainer::run_guarded({argv + 1, argv + argc}, terminal);
  if (code == ExitCode::interrupted) chainer::end_by_signal();
  if (code == ExitCode::done && terminal.output_error() != 0) {
    std::fprintf(stderr,
                 "chainer-submit: cannot write standard output: %s\n"
                 "next: let it go to a place that can be written\n",
                 std::strerror(terminal.output_error()));
    return static_cast<int>(ExitCode::try_again);
  }
  return static_cast<int>(code);
}
