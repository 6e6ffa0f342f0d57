#include "submit/input/newest_version.hpp"

#include <charconv>
#include <limits>

#include "core/text_cursor.hpp"

namespace chainer::input {
namespace {

using Release = std::vector<unsigned long>;

/// The number; where it is too large, the largest that still has a successor.
unsigned long number(std::string_view digits) {
  constexpr auto largest = std::numeric_limits<unsigned long>::max() - 1;
  unsigned long value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return failure == std::errc{} && value < largest ? value : largest;
}

/// Takes `1.2.3`, or `1!2.3` with the epoch as the first number; just the epoch when there is no
/// release.
Release take_release(TextCursor& text) {
  auto epoch = text;
  Release release{number(epoch.take_while(is_digit))};
  if (epoch.take("!"))
    text = epoch;
  else
    release.front() = 0;
  do {
    const auto digits = text.take_while(is_digit);
    if (digits.empty()) break;  // as in `1.*` or `1.rc1`
    release.push_back(number(digits));
  } while (text.take("."));
  return release;
}

Release without_zeros_at_the_end(Release release) {
  while (release.size() > 1 && release.back() == 0) release.pop_back();
  return release;
}

/// The first release after all that begin with these numbers: 1.3 after 1.2.
Release behind(Release release) {
  ++release.back();
  return release;
}

struct End {
  Release release;
  bool included;
};

/// The upper end of one condition.
std::optional<End> end_of(std::string_view condition) {
  TextCursor text(condition);
  text.skip_blanks();
  const auto op = text.take_while([](char c) { return c == '=' || c == '~' || c == '<'; });
  text.skip_blanks();
  if (!text.take("v")) text.take("V");
  auto release = take_release(text);
  if (op.empty() || release.size() < 2) return std::nullopt;  // `>`, `>=`, `!=`, `===any/thing`
  if (op == "<") return End{release, false};
  if (op == "~=") {
    release.pop_back();
    return End{behind(release), false};
  }
  if (text.at('*')) return End{behind(release), false};
  return End{release, true};
}

}  // namespace

std::optional<NewestVersion> NewestVersion::of(std::string_view conditions) {
  std::optional<NewestVersion> newest;
  TextCursor text(conditions);
  while (!text.at_end()) {
    const auto end = end_of(text.take_while([](char c) { return c != ','; }));
    text.take(",");
    if (!end) continue;
    NewestVersion version;
    version.release_ = without_zeros_at_the_end(end->release);
    version.included_ = end->included;
    if (!newest || version < *newest) newest = version;
  }
  return newest;
}

}  // namespace chainer::input
