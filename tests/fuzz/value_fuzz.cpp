// The small texts that values are: a size, a count of seconds, an image's reference, a requirement, a
// package of conda's. What was read of a text is read again of what it is written as.
#include "core/byte_size.hpp"
#include "core/image_ref.hpp"
#include "core/match_spec.hpp"
#include "core/requirement.hpp"
#include "submit/toml/value_reader.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace chainer;

void try_size(std::string_view text) {
  const auto size = ByteSize::parse(text);
  if (!size) return;
  const auto again = ByteSize::parse(size->to_string());
  must_hold(again && *again == *size, "a size is read again as itself");
}

void try_duration(std::string_view text) {
  toml::Report report;
  auto parsed = toml::parse_toml("v = " + std::string(text), "");
  const auto* table = std::get_if<toml::Table>(&parsed);
  if (!table || table->empty()) return;
  const auto seconds = toml::ValueReader<toml::Seconds>::read(table->front().value, "v", report);
  if (!seconds) return;
  must_hold(seconds->get() > 0 && seconds->get() <= toml::Seconds::largest,
            "a duration is within its bounds");
  must_hold(seconds->minutes_rounded_up() * 60 >= seconds->get(), "minutes are rounded up");
}

void try_image(std::string_view text) {
  const auto image = ImageRef::parse(text);
  if (!image) return;
  const auto again = ImageRef::parse(image->text());
  must_hold(again && again->text() == image->text(), "a reference is read again as itself");
}

void try_requirement(std::string_view text) {
  const auto requirement = Requirement::parse(text);
  if (requirement) must_hold(!requirement->package().empty(), "a requirement has a name");
}

void try_package(std::string_view text) {
  const auto spec = MatchSpec::parse(text);
  if (spec) must_hold(static_cast<bool>(MatchSpec::parse(spec->text())), "a spec reads again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = text_of(bytes, size);
  try_size(text);
  try_duration(text);
  try_image(text);
  try_requirement(text);
  try_package(text);
  return 0;
}
