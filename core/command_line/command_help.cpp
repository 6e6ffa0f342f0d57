#include "core/command_line/command_help.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace chainer {
namespace {

std::string names_of(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  std::string names;
  for (const auto& one : option.get_snames()) names += (names.empty() ? "-" : ", -") + one;
  for (const auto& one : option.get_lnames()) names += (names.empty() ? "--" : ", --") + one;
  return names;
}

/// An argument's name says all.
std::string value_of(const CLI::Option& option) {
  const bool takes_one = !option.get_positional() && option.get_items_expected_max() != 0;
  return takes_one ? word_for_value(option) : "";
}

OptionHelp help_of(const CLI::Option& option) {
  const bool is_repeated = option.get_positional() && option.get_items_expected_max() > 1;
  return {names_of(option),
          value_of(option),
          option.get_description(),
          option.get_default_str(),
          option.get_envname(),
          option.get_required(),
          is_repeated};
}

void add_options(const CLI::App& command, CommandHelp& help) {
  for (const auto* option : command.get_options()) {
    auto& list = option->get_positional() ? help.arguments : help.options;
    auto described = help_of(*option);
    const auto is_known = [&](const OptionHelp& one) { return one.names == described.names; };
    if (std::none_of(list.begin(), list.end(), is_known)) list.push_back(std::move(described));
  }
  // A group of options is a command without a name.
  for (const auto* group : command.get_subcommands({}))
    if (group->get_name().empty()) add_options(*group, help);
}

void add_command(const CLI::App& command, const std::string& group,
                 std::vector<CommandHelp>& commands) {
  if (command.get_name().empty() || command.get_group().empty()) return;
  const auto name = (group.empty() ? "" : group + " ") + command.get_name();
  CommandHelp help{name, command.get_description(), {}, {}};
  add_options(command, help);
  commands.push_back(std::move(help));
  for (const auto* inner : command.get_subcommands({})) add_command(*inner, name, commands);
}

std::string placeholder(const OptionHelp& argument) {
  const auto word = argument.names + (argument.is_repeated ? "..." : "");
  return argument.is_required ? word : "[" + word + "]";
}

void write_option(ManualPage& page, const OptionHelp& option) {
  page.option(option.names, option.value, option.sentence + ".");
  if (!option.fallback.empty()) page.detail("Default: " + option.fallback + ".");
  if (!option.variable.empty()) page.detail("Variable: " + option.variable + ".");
}

}  // namespace

std::string word_for_value(const CLI::Option& option) {
  const auto& text = option.get_option_text();
  return text.empty() ? option.get_type_name() : text;
}

std::vector<CommandHelp> describe_commands(const CLI::App& program) {
  std::vector<CommandHelp> commands;
  for (const auto* command : program.get_subcommands({})) add_command(*command, "", commands);
  return commands;
}

void write_usage(ManualPage& page, std::string_view program,
                 const std::vector<CommandHelp>& commands) {
  for (const auto& command : commands) {
    std::vector<std::string> placeholders;
    if (!command.options.empty()) placeholders.push_back("[OPTION...]");
    for (const auto& argument : command.arguments) placeholders.push_back(placeholder(argument));
    page.usage(std::string(program) + " " + command.name, placeholders);
  }
}

void write_commands(ManualPage& page, const std::vector<CommandHelp>& commands) {
  page.section("COMMANDS");
  for (const auto& command : commands) {
    page.subsection(command.name).paragraph(command.sentence + ".");
    for (const auto& argument : command.arguments)
      page.argument(argument.names, argument.sentence + ".");
    for (const auto& option : command.options) write_option(page, option);
  }
}

void write_options(ManualPage& page, const CLI::App& program) {
  CommandHelp help;
  add_options(program, help);
  for (const auto& option : help.options) write_option(page, option);
}

}  // namespace chainer
