#include "core/command_line/completion.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/command_line/command_help.hpp"

namespace chainer {
namespace {

using Options = std::vector<const CLI::Option*>;

/// A group of options is a command without a name.
void collect(const CLI::App& command, Options& options) {
  for (const auto* option : command.get_options()) {
    if (std::ranges::find(options, option) == options.end()) options.push_back(option);
  }
  for (const auto* group : command.get_subcommands({}))
    if (group->get_name().empty()) collect(*group, options);
}

Options options_of(const CLI::App& command) {
  Options options;
  collect(command, options);
  return options;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

const CLI::Option* option_called(const CLI::App& command, const std::string& name) {
  for (const auto* option : options_of(command))
    if (!option->get_positional() && option->check_name(name)) return option;
  return nullptr;
}

const CLI::App* command_named(const CLI::App& command, const std::string& name) {
  for (const auto* inner : command.get_subcommands({}))
    if (!inner->get_name().empty() && inner->get_name() == name) return inner;
  return nullptr;
}

/// The argument that the next word without a dash is for.
const CLI::Option* argument_number(const CLI::App& command, std::size_t number) {
  for (const auto* option : options_of(command)) {
    if (!option->get_positional()) continue;
    if (number == 0 || option->get_items_expected_max() > 1) return option;
    --number;
  }
  return nullptr;
}

/// What the words before the last one have said.
struct Standing {
  const CLI::App* command;
  const CLI::Option* open{nullptr};  ///< the option whose value is next
  std::size_t arguments{0};
  bool is_behind_dashes{false};
};

/// The command where none is named stands for itself, and its first argument has been given.
void take_word(Standing& standing, const std::string& word, const CLI::App& program,
               const CompletionRules& rules) {
  if (const auto* inner = command_named(*standing.command, word);
      inner != nullptr && standing.arguments == 0) {
    standing.command = inner;
    return;
  }
  if (standing.command == &program && !rules.default_command.empty())
    standing.command = command_named(program, std::string(rules.default_command));
  if (standing.command == nullptr) standing.command = &program;
  ++standing.arguments;
}

Standing standing_after(const CLI::App& program, const std::vector<std::string>& words,
                        const CompletionRules& rules) {
  Standing standing{&program};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const auto& word = words[i];
    if (standing.open != nullptr) {
      standing.open = nullptr;
    } else if (standing.is_behind_dashes) {
      ++standing.arguments;
    } else if (word == "--") {
      standing.is_behind_dashes = true;
    } else if (word.size() > 1 && word[0] == '-') {
      const auto* option = option_called(*standing.command, word);
      if (option != nullptr && takes_value(*option)) standing.open = option;
    } else {
      take_word(standing, word, program, rules);
    }
  }
  return standing;
}

/// Adds the word if it begins as what is typed does.
void add(Completion& completion, std::string_view typed, const std::string& word,
         const std::string& sentence) {
  if (word.starts_with(typed)) completion.words.push_back({word, sentence});
}

std::string value_name(const CLI::Option& option) {
  return option.get_positional() ? option.get_name(true) : word_for_value(option);
}

/// Words for a value; `before` stands in front of it in the same word, as in --site=FILE.
void add_values(Completion& completion, const CLI::Option& option, std::string_view typed,
                const std::string& before, const CompletionRules& rules) {
  const auto name = value_name(option);
  if (name == "DIR") completion.paths = Completion::Paths::folders;
  if (name == "FILE" || name == "SCRIPT" || name == "program")
    completion.paths = Completion::Paths::files;
  if (!rules.value_words) return;
  for (const auto& [word, sentence] : rules.value_words(name, typed))
    add(completion, before + std::string(typed), before + word, sentence);
}

void add_option_names(Completion& completion, const CLI::App& command, std::string_view typed) {
  for (const auto* option : options_of(command)) {
    for (const auto& name : option->get_lnames())
      add(completion, typed, "--" + name, option->get_description());
  }
}

void add_commands(Completion& completion, const CLI::App& command, std::string_view typed) {
  for (const auto* inner : command.get_subcommands({})) {
    if (!inner->get_name().empty() && !inner->get_group().empty())
      add(completion, typed, inner->get_name(), inner->get_description());
  }
}

}  // namespace

Completion complete(const CLI::App& program, const std::vector<std::string>& words,
                    const CompletionRules& rules) {
  Completion completion;
  const std::string typed = words.empty() ? "" : words.back();
  const auto standing = standing_after(program, words, rules);
  if (standing.open != nullptr) {
    add_values(completion, *standing.open, typed, "", rules);
    return completion;
  }
  if (typed.starts_with('-') && !standing.is_behind_dashes) {
    const auto equals = typed.find('=');
    if (equals == std::string::npos) {
      add_option_names(completion, *standing.command, typed);
    } else if (const auto* option = option_called(*standing.command, typed.substr(0, equals))) {
      add_values(completion, *option, std::string_view(typed).substr(equals + 1),
                 typed.substr(0, equals + 1), rules);
    }
    return completion;
  }
  if (standing.arguments == 0) add_commands(completion, *standing.command, typed);
  const auto* fallback = standing.command == &program && !rules.default_command.empty()
                             ? command_named(program, std::string(rules.default_command))
                             : nullptr;
  const auto& command = fallback != nullptr ? *fallback : *standing.command;
  if (const auto* argument = argument_number(command, standing.arguments))
    add_values(completion, *argument, typed, "", rules);
  return completion;
}

std::string completion_text(const Completion& completion) {
  std::string text = completion.paths == Completion::Paths::files     ? "files\n"
                     : completion.paths == Completion::Paths::folders ? "folders\n"
                                                                      : "words\n";
  for (const auto& [word, sentence] : completion.words) {
    // Both are one line of their own.
    if (word.find_first_of("\t\n") != std::string::npos) continue;
    text += word + "\t" + sentence.substr(0, sentence.find('\n')) + "\n";
  }
  return text;
}

}  // namespace chainer
