#include "submit/input/mention.hpp"

#include <fmt/format.h>

#include "core/name_list.hpp"
#include "submit/input/overrides.hpp"

namespace chainer::input {

std::string mention(const toml::Place& other, const toml::Place& here) {
  if (other.file == overrides_file) return fmt::format("--set number {}", other.at.line);
  if (other.file == here.file) return fmt::format("line {}", other.at.line);
  return fmt::format("{}:{}", other.file, other.at.line);
}

std::string mention_written(const Estimator& estimator, std::span<const std::string_view> keys,
                            const toml::Place& here) {
  std::string text;
  for (const auto key : keys) {
    const auto found = estimator.written.find(std::string(key));
    if (found == estimator.written.end()) continue;
    append_name(text, fmt::format("{} ({})", key, mention(found->second, here)));
  }
  return text;
}

}  // namespace chainer::input
