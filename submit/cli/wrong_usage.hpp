// What is said about a command line that cannot be read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "submit/cli/command_line.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace chainer::cli {

/// For a first word that is not a command but looks like one that exists or is promised.
std::optional<CommandLineText> misspelled_command(const CLI::App& app, const std::string& word);

/// For arguments, the command first, that did not parse: names the unknown option and suggests
/// another.
CommandLineText wrong_usage_of(const CLI::ParseError& error, const CLI::App& app,
                               const std::vector<std::string>& arguments);

}  // namespace chainer::cli
