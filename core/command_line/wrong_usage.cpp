#include "core/command_line/wrong_usage.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/diagnostics.hpp"
#include "core/printable.hpp"

namespace chainer {
namespace {

std::string did_you_mean(const std::string& meant, const std::string& otherwise) {
  return meant.empty() ? otherwise : "did you mean '" + meant + "'?";
}

}  // namespace

const CLI::App* command_called(const CLI::App& app, std::string_view name) {
  const auto commands = app.get_subcommands({});
  const auto found = std::ranges::find(commands, name, &CLI::App::get_name);
  return found == commands.end() ? nullptr : *found;
}

const CLI::App* command_in(const CLI::App& app, const std::vector<std::string>& words) {
  const auto* command = words.empty() ? nullptr : command_called(app, words[0]);
  const auto* inner = command && words.size() > 1 ? command_called(*command, words[1]) : nullptr;
  return inner ? inner : command;
}

std::string full_name(const CLI::App& command) {
  const auto* group = command.get_parent();
  const bool is_in_group = group != nullptr && group->get_parent() != nullptr;
  return is_in_group ? group->get_name() + " " + command.get_name() : command.get_name();
}

std::string command_meant(const CLI::App& app, std::string_view word) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return std::string(nearest(word, {names.begin(), names.end()}));
}

std::optional<std::string> unknown_option(const CLI::App& command,
                                          const std::vector<std::string>& words,
                                          bool ends_at_words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--") break;
    if (!words[i].starts_with('-') || words[i].size() == 1) {
      if (ends_at_words && words[i] != command.get_name()) break;
      continue;
    }
    const auto name = words[i].substr(0, words[i].find('='));
    const auto* option = command.get_option_no_throw(name);
    if (!option) return name;
    // Its value may begin with a dash too.
    if (option->get_items_expected() > 0 && name == words[i]) ++i;
  }
  return std::nullopt;
}

std::string option_meant(const CLI::App& command, const std::string& name) {
  std::vector<std::string> known{"--version"};
  for (const auto* option : command.get_options()) {
    for (const auto& one : option->get_lnames()) known.push_back("--" + one);
  }
  return std::string(nearest(name, {known.begin(), known.end()}));
}

WrongUsage wrong_usage_of(const CLI::ParseError& error, const CLI::App& app,
                          const std::vector<std::string>& words) {
  const auto& program = app.get_name();
  const auto* command = command_in(app, words);
  if (!command) {
    const auto hint = program + " --help shows the commands";
    if (words.empty() || words[0].starts_with('-')) return {error.what(), hint};
    return {"'" + words[0] + "' is no command", did_you_mean(command_meant(app, words[0]), hint)};
  }
  const auto help = program + " " + full_name(*command) + " --help shows ";
  if (const auto option = unknown_option(*command, words, true)) {
    return {full_name(*command) + " has no option '" + *option + "'",
            did_you_mean(option_meant(*command, *option), help + "the options")};
  }
  return {error.what(), help + "how it is used"};
}

std::string text_of(const WrongUsage& wrong, const std::string& program) {
  return program + ": error: " + printable(wrong.what) + "\nhint: " + printable(wrong.hint) + "\n";
}

}  // namespace chainer
