#include "core/command_line/completion_script.hpp"

namespace chainer {
namespace {

std::string_view text_for(std::string_view shell) {
  if (shell == "bash") return bash_completion;
  if (shell == "zsh") return zsh_completion;
  if (shell == "fish") return fish_completion;
  return {};
}

/// The name as part of a function's.
std::string as_word(std::string_view program) {
  std::string word(program);
  for (char& c : word)
    if (c == '-') c = '_';
  return word;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

}  // namespace

std::optional<std::string> completion_script(std::string_view shell, std::string_view program) {
  const auto text = text_for(shell);
  if (text.empty()) return std::nullopt;
  return replaced(replaced(std::string(text), "PROGRAM_WORD", as_word(program)), "PROGRAM",
                  program);
}

}  // namespace chainer
