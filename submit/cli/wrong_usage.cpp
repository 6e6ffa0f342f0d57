#include "submit/cli/wrong_usage.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/command_line/wrong_usage.hpp"
#include "submit/input/key_search.hpp"

namespace chainer::cli {
namespace {

CommandLineText wrong_usage(const std::string& what, const std::string& hint) {
  return {text_of(WrongUsage{what, hint}, "chainer-submit"), run::ExitCode::wrong_usage};
}

/// The hint for somebody who typed an option that the command does not have.
std::string hint_for_option(const CLI::App& app, const CLI::App& command, const std::string& name) {
  const auto key = input::meant_by(name.substr(std::min(name.size(), name.find_first_not_of('-'))));
  if (!key.empty()) return fmt::format("write {} into the estimator, or --set {}=VALUE", key, key);
  if (const auto meant = option_meant(command, name); !meant.empty()) {
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

}  // namespace

std::optional<CommandLineText> misspelled_command(const CLI::App& app, const std::string& word) {
  if (word.starts_with('-') || command_called(app, word)) return std::nullopt;
  const auto meant = command_meant(app, word);
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
