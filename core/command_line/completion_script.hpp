// What makes a shell complete a program's command line: it asks the program itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chainer {

/// core/command_line/completion.{bash,zsh,fish} as they were when this was built; PROGRAM stands for
/// the program's name.
extern const std::string_view bash_completion, zsh_completion, fish_completion;

/// The names of the shells that there are scripts for.
inline constexpr std::string_view completed_shells[] = {"bash", "zsh", "fish"};

/// The script for a shell; nothing for a shell that has none.
std::optional<std::string> completion_script(std::string_view shell, std::string_view program);

}  // namespace chainer
