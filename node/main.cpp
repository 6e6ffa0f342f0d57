// chainer-node: what a node does for an image or an environment, and what people may ask of it.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/command_line/command_format.hpp"
#include "core/command_line/completion.hpp"
#include "core/command_line/completion_script.hpp"
#include "core/command_line/wrong_usage.hpp"
#include "core/result.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/said.hpp"
#include "node/manual.hpp"
#include "version.hpp"

namespace chainer {
namespace {

void add_commands(CLI::App& app, int& status) {
  commands::add_resolve(app, status);
  commands::add_inspect(app, status);
  commands::add_images(app, status);
  commands::add_envs(app, status);
  commands::add_gc(app, status);
  commands::add_doctor(app, status);
  commands::add_gpu_files(app, status);
  commands::add_topology(app, status);
  commands::add_stats(app, status);
  commands::add_run(app, status);
  commands::add_store_side(app, status);
  commands::add_user_side(app, status);
}

std::vector<Completion::Word> words_for_shells(std::string_view value, std::string_view) {
  std::vector<Completion::Word> words;
  if (value == "SHELL")
    for (const auto shell : completed_shells) words.push_back({std::string(shell), ""});
  return words;
}

/// What a shell asks: the words behind the dashes are somebody's command line, whatever they are.
bool is_asked_by_a_shell(int count, char** words) {
  return count > 2 && std::string_view(words[1]) == "complete" &&
         std::string_view(words[2]) == "--";
}

int answer(int argc, char** argv) {
  // File names in archives are UTF-8, whatever the job's locale; C.UTF-8 is always there on Debian.
  std::setlocale(LC_CTYPE, "C.UTF-8");

  CLI::App app("Prepares images and environments on a node of the cluster.", "chainer-node");
  app.set_version_flag("--version", std::string("chainer-node ") + version);
  app.require_subcommand(1);
  set_format_of_help(app);
  int status = 0;
  add_commands(app, status);

  std::string shell;
  auto* completion =
      app.add_subcommand("completion", "Write what makes a shell complete command lines");
  completion->add_option("SHELL", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&] { std::cout << *completion_script(shell, "chainer-node"); });

  // For its test, which writes docs/man.
  auto* manual = app.add_subcommand("manual", "")->group("");
  manual->callback([&] { std::cout << node_manual(app); });

  if (is_asked_by_a_shell(argc, argv)) {
    std::cout << completion_text(complete(app, {argv + 3, argv + argc}, {"", words_for_shells}));
    return 0;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::cerr << text_of(wrong_usage_of(error, app, {argv + 1, argv + argc}), app.get_name());
    const int usage = 2;
    return usage;
  }
  return status;
}

}  // namespace
}  // namespace chainer

int main(int argc, char** argv) {
  const int status = chainer::answer(argc, argv);
  if (status != 0 || (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)) return status;
  return chainer::commands::fail(chainer::Error::from_errno("cannot write standard output", errno)
                                     .with_hint("let it go to a place that can be written"));
}
