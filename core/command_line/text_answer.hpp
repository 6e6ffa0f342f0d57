// What a program without commands says in the place of its work: help, its version, what is wrong.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace chainer {

struct TextAnswer {
  std::string text;
  bool is_wrong_usage{false};
};

/// Reads the arguments, those behind the program's name, into what the definition is bound to.
/// Nothing when the program is to do its work.
std::optional<TextAnswer> read_arguments(CLI::App& program,
                                         const std::vector<std::string>& arguments);

/// False when the text cannot be written, such as to a disk that is full.
bool write_to(std::FILE* stream, const std::string& text);

}  // namespace chainer
