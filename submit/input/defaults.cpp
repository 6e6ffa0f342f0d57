#include "submit/input/defaults.hpp"

#include <fmt/format.h>

#include "submit/toml/toml_text.hpp"

namespace chainer::input {
namespace {

std::string written(std::monostate) { return {}; }
std::string written(bool flag) { return flag ? "true" : "false"; }
std::string written(std::int64_t number) { return std::to_string(number); }
std::string written(toml::Count count) { return std::to_string(count.get()); }
std::string written(ByteSize size) { return toml::toml_text(size.to_string()); }
std::string written(std::string_view text) { return toml::toml_text(std::string(text)); }
std::string written(InWords words) { return std::string(words.text); }

}  // namespace

std::string text_of(const Default& fallback) {
  return std::visit([](const auto& value) { return written(value); }, fallback);
}

}  // namespace chainer::input
