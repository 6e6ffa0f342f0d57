#include "submit/input/defaults.hpp"

namespace chainer::input {

toml::Value default_value(const KeyInfo& info) {
  auto parsed = toml::parse_toml("v = " + std::string(info.fallback), "");
  if (auto* table = std::get_if<toml::Table>(&parsed)) return std::move(table->front().value);
  return {std::string(info.fallback), {}};
}

}  // namespace chainer::input
