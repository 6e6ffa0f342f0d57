#include "submit/cli/program_help.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chainer::cli {
namespace {

constexpr Example all_examples[] = {
    {"chainer-submit train.toml --follow", "submit, and watch the run to its end"},
    {"chainer-submit check train.toml", "say what is wrong, ask nobody"},
    {"chainer-submit render train.toml", "show the job script"},
    {"chainer-submit render train.toml --output ../by-hand", "make all of the run for sbatch"},
    {"chainer-submit train.toml --set node_count=4 --set script_params.--lr=0.1",
     "submit it with other values"},
    {"chainer-submit list", "your runs, and what each does"},
    {"chainer-submit explain shm_size", "what a key means"},
    {"chainer-submit explain shm_size --in train.toml", "what it is there, and who says so"},
};

constexpr ExitStatus all_exit_statuses[] = {
    {0, "done"},
    {1, "the run failed"},
    {2, "wrong usage"},
    {3, "the estimator or site file is wrong"},
    {4, "the cluster or registry refused, try again"},
    {5, "a defect of chainer-submit"},
};

constexpr std::size_t terminal_width = 79;
constexpr std::size_t sentence_column = 39;

/// Wraps the text at a terminal's width.
std::string wrapped(std::string_view text) {
  std::string lines;
  std::size_t width = 0;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (width > 0 && width + 1 + word.size() > terminal_width) {
      lines += '\n';
      width = 0;
    }
    if (width > 0) lines += ' ';
    width += (width > 0 ? 1 : 0) + word.size();
    lines += word;
  }
  return lines + "\n";
}

/// The sentence stands beside the command, or below a command that is too long for that.
std::string example_lines(const Example& example) {
  const auto command = fmt::format("  {}", example.command);
  if (command.size() < sentence_column) {
    return fmt::format("{:<{}}{}\n", command, sentence_column, example.sentence);
  }
  return fmt::format("{}\n{:{}}{}\n", command, "", sentence_column, example.sentence);
}

}  // namespace

std::span<const Example> examples() { return all_examples; }
std::span<const ExitStatus> exit_statuses() { return all_exit_statuses; }

std::string help_footer() {
  std::string text = "Examples:\n";
  for (const auto& example : all_examples) text += example_lines(example);
  text +=
      "chainer-submit COMMAND --help shows a command's options.\n"
      "\n"
      "The site file is --site FILE, else $CHAINER_SUBMIT_SITE, else\n"
      "/etc/chainer/site.toml.\n"
      "\n";
  std::string codes = "Exit codes:";
  for (const auto& status : all_exit_statuses) {
    codes += fmt::format("{} {} {}", status.code == 0 ? "" : ",", status.code, status.meaning);
  }
  return text + wrapped(codes);
}

}  // namespace chainer::cli
