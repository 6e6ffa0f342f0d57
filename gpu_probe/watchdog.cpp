#include "gpu_probe/watchdog.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "gpu_probe/command_line.hpp"

namespace chainer::gpu_probe {
namespace {

constexpr unsigned patience_s = 60;

// A handler of signals has no other way to what it is to say.
std::array<char, 256> last_words{};
std::size_t length_of_last_words = 0;

extern "C" void give_up(int) {
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, last_words.data(), length_of_last_words);
  ::_exit(static_cast<int>(ExitCode::failed));
}

}  // namespace

void allow_time_for(const std::string& what) {
  ::alarm(0);
  const auto text =
      "chainer-gpu-probe: " + what + " has not answered for " + std::to_string(patience_s) +
      " s\nnext: see the kernel's log for lines with NVRM: Xid, and restart the node\n";
  length_of_last_words = std::min(text.size(), last_words.size());
  std::copy_n(text.begin(), length_of_last_words, last_words.begin());
  struct sigaction action {};
  action.sa_handler = give_up;
  ::sigaction(SIGALRM, &action, nullptr);
  ::alarm(patience_s);
}

void end_of_time() { ::alarm(0); }

}  // namespace chainer::gpu_probe
