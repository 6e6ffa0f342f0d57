// Text of others on its way to a terminal.
#include <algorithm>

#include "core/diagnostics.hpp"
#include "core/printable.hpp"
#include "core/utf8_text.hpp"
#include "tests/fuzz/input.hpp"

namespace chainer {
namespace {

bool has_controls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

}  // namespace
}  // namespace chainer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  const auto text = text_of(bytes, size);
  const auto line = printable(text);
  must_hold(line.size() <= longest_printable, "a printable text is bounded");
  must_hold(!has_controls(line), "a printable text holds no control characters");
  must_hold(printable(line) == line, "printable is idempotent");
  must_hold(printable(text, 20).size() <= 20, "a printable text is as long as it may be");

  auto lines = printable_lines(text);
  must_hold(printable_lines(lines) == lines, "printable_lines is idempotent");
  must_hold(lines.find("\nchainer") == std::string::npos, "no line can pass for one of ours");
  std::erase(lines, '\n');
  must_hold(!has_controls(lines), "printable lines hold no control characters");

  const auto column = static_cast<std::uint32_t>(size / 2);
  auto excerpt = render({"file", {1, column}, Severity::error, "m", ""}, text, Colour::off);
  std::erase_if(excerpt, [](char c) { return c == '\n' || c == '\t'; });
  must_hold(!has_controls(excerpt), "an excerpt holds no control characters");

  if (const auto utf8 = utf8_text(std::string(text))) {
    must_hold(utf8->find('\0') == std::string::npos, "a text holds no NUL bytes");
  }
  return 0;
}
