// Estimators as people write them, with what --set puts into them: up to a line `--set` the file, then
// one KEY=VALUE a line.
#include <algorithm>
#include <string>
#include <vector>

#include "submit/input/estimator.hpp"
#include "submit/input/overrides.hpp"
#include "submit/toml/toml_text.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace chainer;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    lines.emplace_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
  }
  return lines;
}

/// What a value's text says, read again.
std::string read_back(const toml::Data& data) {
  const auto again = toml::parse_toml("v = " + toml::toml_text(data) + "\n", "");
  const auto* table = std::get_if<toml::Table>(&again);
  must_hold(table && table->size() == 1, "what was read can be written and read again");
  return toml::toml_text(table->front().value.data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = text_of(bytes, size);
  constexpr std::string_view mark = "\n--set\n";
  const auto at = std::min(text.find(mark), text.size());
  auto parsed = toml::parse_toml(text.substr(0, at), "train.toml");
  auto* document = std::get_if<toml::Table>(&parsed);
  if (!document) return 0;
  // What --set gives as plain text may be no UTF-8, which no TOML can say.
  for (const auto& member : *document) {
    const auto written = toml::toml_text(member.value.data);
    must_hold(read_back(member.value.data) == written, "a value is written in one way");
  }
  toml::Report report;
  const auto overrides = lines_of(text.substr(std::min(at + mark.size(), text.size())));
  input::apply_overrides(overrides, *document, report);
  input::read_estimator(*document, "train.toml", report);
  for (const auto& finding : report.sorted()) {
    must_hold(!finding.message.empty(), "a finding says something");
    must_hold(finding.message.find('\n') == finding.message.npos, "a finding is one line");
  }
  return 0;
}
