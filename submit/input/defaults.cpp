#include "submit/input/defaults.hpp"

namespace chainer {

TomlValue default_value(const KeyInfo& info) {
  auto parsed = parse_toml("v = " + std::string(info.fallback), "");
  if (auto* table = std::get_if<TomlTable>(&parsed)) return std::move(table->front().value);
  return {std::string(info.fallback), {}};
}

}  // namespace chainer
