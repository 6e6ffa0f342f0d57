// What a program's commands are and take, from the definition that its command line is read by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/manual_page.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace chainer {

struct OptionHelp {
  std::string names;     ///< "-o, --output", or "FILE" for an argument
  std::string value;     ///< what the option takes; empty: nothing
  std::string sentence;  ///< without its full stop, as in --help
  std::string fallback;  ///< what holds when it is not given, where the program says so
  std::string variable;  ///< the environment variable that says the same
  bool is_required{false};
  bool is_repeated{false};  ///< an argument that takes many words
};

struct CommandHelp {
  std::string name, sentence;
  std::vector<OptionHelp> arguments, options;
};

/// What stands for an option's value, such as FILE: its own word, else that of the value's type.
std::string word_for_value(const CLI::Option& option);

/// Every command that --help shows; one inside of another is called by both names.
std::vector<CommandHelp> describe_commands(const CLI::App& program);

/// The lines of a manual page that show how each command is called.
void write_usage(ManualPage& page, std::string_view program,
                 const std::vector<CommandHelp>& commands);
/// The section of a manual page that says what each command does and takes.
void write_commands(ManualPage& page, const std::vector<CommandHelp>& commands);
/// The options of a program without commands.
void write_options(ManualPage& page, const CLI::App& program);

}  // namespace chainer
