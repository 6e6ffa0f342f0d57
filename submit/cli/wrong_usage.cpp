#include "submit/cli/wrong_usage.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/diagnostics.hpp"
#include "core/printable.hpp"
#include "submit/input/key_search.hpp"

namespace chainer::cli {
namespace {

CommandLineText wrong_usage(const std::string& what, const std::string& hint) {
  return {fmt::format("chainer-submit: error: {}\nhint: {}\n", printable(what), printable(hint)),
          run::ExitCode::wrong_usage};
}

/// "check", or "site init" of a command in a group.
std::string full_name(const CLI::App& command) {
  const auto* group = command.get_parent();
  const bool is_in_group = group != nullptr && group->get_parent() != nullptr;
  return is_in_group ? group->get_name() + " " + command.get_name() : command.get_name();
}

/// The command that the words begin with: of a group the one in it, where it is named.
const CLI::App* command_in(const CLI::App& app, const std::vector<std::string>& arguments) {
  const auto* command = arguments.empty() ? nullptr : command_called(app, arguments[0]);
  const auto* inner =
      command && arguments.size() > 1 ? command_called(*command, arguments[1]) : nullptr;
  return inner ? inner : command;
}

/// The hint for somebody who typed an option that the command does not have.
std::string hint_for_option(const CLI::App& app, const CLI::App& command, const std::string& name) {
  const auto key = input::meant_by(name.substr(std::min(name.size(), name.find_first_not_of('-'))));
  if (!key.empty()) return fmt::format("write {} into the estimator, or --set {}=VALUE", key, key);
  std::vector<std::string> known{"--version"};
  for (const auto* option : command.get_options()) {
    for (const auto& one : option->get_lnames()) known.push_back("--" + one);
  }
  if (const auto meant = nearest(name, {known.begin(), known.end()}); !meant.empty()) {
    return fmt::format("did you mean '{}'?", meant);
  }
  for (const auto* other : app.get_subcommands({})) {
    if (other->get_option_no_throw(name)) {
      return fmt::format("chainer-submit {} has it", other->get_name());
    }
  }
  if (name == "--dry-run" || name == "--test-only") {
    return "chainer-submit check says what is wrong, render shows the script";
  }
  return fmt::format("chainer-submit {} --help shows the options", full_name(command));
}

/// The first word that looks like an option and is not one of the command's.
std::optional<std::string> unknown_option(const CLI::App& command,
                                          const std::vector<std::string>& arguments) {
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "--") break;
    if (!arguments[i].starts_with('-') || arguments[i].size() == 1) continue;
    const auto name = arguments[i].substr(0, arguments[i].find('='));
    const auto* option = command.get_option_no_throw(name);
    if (!option) return name;
    // Its value may begin with a dash too.
    if (option->get_items_expected() > 0 && name == arguments[i]) ++i;
  }
  return std::nullopt;
}

}  // namespace

const CLI::App* command_called(const CLI::App& app, std::string_view name) {
  const auto commands = app.get_subcommands({});
  const auto found = std::ranges::find(commands, name, &CLI::App::get_name);
  return found == commands.end() ? nullptr : *found;
}

std::optional<CommandLineText> misspelled_command(const CLI::App& app, const std::string& word) {
  if (word.starts_with('-') || command_called(app, word)) return std::nullopt;
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands({})) names.push_back(command->get_name());
  const auto meant = nearest(word, {names.begin(), names.end()});
  if (meant.empty()) return std::nullopt;
  return wrong_usage(fmt::format("'{}' is no command", word),
                     fmt::format("did you mean '{}'? A file of that name is ./{}", meant, word));
}

CommandLineText wrong_usage_of(const CLI::ParseError& error, const CLI::App& app,
                               const std::vector<std::string>& arguments) {
  const auto* command = command_in(app, arguments);
  if (!command) return wrong_usage(error.what(), "chainer-submit --help shows the commands");
  if (const auto option = unknown_option(*command, arguments)) {
    return wrong_usage(fmt::format("{} has no option '{}'", full_name(*command), *option),
                       hint_for_option(app, *command, *option));
  }
  if (std::string_view(error.what()).starts_with("RUN is required"))
    return wrong_usage(error.what(), "chainer-submit list shows your runs");
  return wrong_usage(error.what(), fmt::format("chainer-submit {} --help shows how it is used",
                                               full_name(*command)));
}

}  // namespace chainer::cli
