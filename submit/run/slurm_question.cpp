#include "submit/run/slurm_question.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/printable.hpp"

namespace chainer::run {
namespace {

using namespace std::chrono_literals;

constexpr auto told_after = 1s;

/// The program's name; with the command, where it is of ours.
std::string name_of(const std::vector<std::string>& argv) {
  const auto program = std::filesystem::path(argv[0]).filename().string();
  return program == argv[0] || argv.size() == 1 ? program : program + " " + argv[1];
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Reply ask(const std::vector<std::string>& argv, const Services& services, Console& console,
          std::chrono::seconds patience) {
  if (!services.pause.wait(0ms)) return Unanswered{"interrupted", true};
  const auto running = services.processes.start(argv, environment_of_questions(own_environment()));
  if (!running) return Unanswered{running.error().what};
  for (auto waited = 0ms; waited < patience; waited += between_looks) {
    if (auto finished = (*running)->wait(between_looks)) return *std::move(finished);
    if (!services.pause.wait(0ms)) return Unanswered{"interrupted", true};
    if (waited == told_after) {
      console.err(fmt::format("chainer-submit: waiting for {}\n", printable(name_of(argv))));
    }
  }
  return Unanswered{fmt::format("{} has not answered for {} s", argv[0], patience.count())};
}

Reply ask_for_success(const std::vector<std::string>& argv, const Services& services,
                      Console& console, std::chrono::seconds patience) {
  auto reply = ask(argv, services, console, patience);
  const auto* finished = std::get_if<Finished>(&reply);
  if (!finished || finished->code == 0) return reply;
  const auto said = first_line(finished->err.empty() ? finished->out : finished->err);
  return Unanswered{said.empty() ? fmt::format("{} ended with {}", argv[0], finished->code) : said};
}

}  // namespace chainer::run
