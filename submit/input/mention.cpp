#include "submit/input/mention.hpp"

#include <fmt/format.h>

#include "submit/input/overrides.hpp"

namespace chainer::input {

std::string mention(const toml::Place& other, const toml::Place& here) {
  if (other.file == overrides_file) return fmt::format("--set number {}", other.at.line);
  if (other.file == here.file) return fmt::format("line {}", other.at.line);
  return fmt::format("{}:{}", other.file, other.at.line);
}

}  // namespace chainer::input
