#include "submit/run/quoting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/characters.hpp"

namespace chainer::run {
namespace {

/// $'…': three octal digits never merge with a digit that follows.
std::string ansi_c_word(std::string_view bytes) {
  std::string word = "$'";
  for (const char c : bytes) {
    if (c == '\n')
      word += "\\n";
    else if (c == '\t')
      word += "\\t";
    else if (c == '\'' || c == '\\')
      word += std::string("\\") + c;
    else if (is_control(c))
      word += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    else
      word += c;
  }
  return word + "'";
}

bool is_bare_in_sbatch(char c) {
  return is_letter_or_digit(c) ||
         std::string_view("-_=./:,%+@*[]|&~^").find(c) != std::string_view::npos;
}

}  // namespace

std::string bash_word(std::string_view bytes) {
  if (std::ranges::any_of(bytes, is_control)) return ansi_c_word(bytes);
  std::string word = "'";
  for (const char c : bytes) {
    if (c == '\'')
      word += "'\\''";
    else
      word += c;
  }
  return word + "'";
}

std::string shell_words(const std::vector<std::string>& words) {
  constexpr std::string_view harmless = "-_./:,+@%=";
  std::string line;
  for (const auto& word : words) {
    const bool is_bare = !word.empty() && std::ranges::all_of(word, [&](unsigned char c) {
      return (c < 0x80 && std::isalnum(c) != 0) ||
             harmless.find(static_cast<char>(c)) != harmless.npos;
    });
    if (!line.empty()) line += ' ';
    line += is_bare ? word : bash_word(word);
  }
  return line;
}

std::string sbatch_word(std::string_view text) {
  if (std::ranges::all_of(text, is_bare_in_sbatch)) return std::string(text);
  std::string word = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') word += '\\';
    word += c;
  }
  return word + "\"";
}

std::string sbatch_path(std::string_view path) {
  std::string escaped;
  for (const char c : path) escaped += c == '%' ? "%%" : std::string(1, c);
  return escaped;
}

}  // namespace chainer::run
