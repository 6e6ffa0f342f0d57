#include "submit/input/estimator.hpp"

#include "submit/input/key_search.hpp"
#include "submit/input/table_reader.hpp"

namespace chainer::input {

Estimator read_estimator(const toml::Table& document, const std::string& file,
                         toml::Report& report) {
  Estimator estimator;
  estimator.whole = {file, {}};
  read_members(estimator_keys(), document, "", estimator, report, LeadingUnderscore::optional,
               meant_by);
  for (const auto& member : document) {
    const auto name = member.key.starts_with('_') ? member.key.substr(1) : member.key;
    estimator.written.emplace(name, member.key_place);
    const auto* table = std::get_if<toml::Table>(&member.value.data);
    if (!table) continue;
    for (const auto& inner : *table)
      estimator.written.emplace(name + "." + inner.key, inner.key_place);
  }
  return estimator;
}

}  // namespace chainer::input
