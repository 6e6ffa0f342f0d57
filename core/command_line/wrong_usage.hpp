// What is wrong with a command line that cannot be read: the program's first word is a command.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace chainer {

/// The command of this name; null when there is none.
const CLI::App* command_called(const CLI::App& app, std::string_view name);

/// The command that the words begin with: of a group the one in it, where it is named.
const CLI::App* command_in(const CLI::App& app, const std::vector<std::string>& words);

/// "check", or "site init" of a command in a group.
std::string full_name(const CLI::App& command);

/// The command closest to a word that is none; empty where none is near.
std::string command_meant(const CLI::App& app, std::string_view word);

/// The first word that looks like an option and is not one of the command's. With `ends_at_words`
/// what stands behind the first other word belongs to another program.
std::optional<std::string> unknown_option(const CLI::App& command,
                                          const std::vector<std::string>& words,
                                          bool ends_at_words = false);

/// The command's option closest to one that it does not have; empty where none is near.
std::string option_meant(const CLI::App& command, const std::string& name);

struct WrongUsage {
  std::string what, hint;
};

/// For words that did not parse: names the command or option that there is none of, and suggests
/// another.
WrongUsage wrong_usage_of(const CLI::ParseError& error, const CLI::App& app,
                          const std::vector<std::string>& words);

/// As a program shows it.
std::string text_of(const WrongUsage& wrong, const std::string& program);

}  // namespace chainer
