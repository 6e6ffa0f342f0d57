#include "core/manual_page.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace chainer {
namespace {

/// The code point that begins at `at`, which moves past it. The tables of the programs are UTF-8.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  std::uint32_t code = more == 0 ? first : first & (0x3fu >> more);
  for (; more > 0 && at < text.size(); --more) {
    code = (code << 6) | (static_cast<unsigned char>(text[at++]) & 0x3fu);
  }
  return code;
}

/// As troff names a character: \[u2026].
std::string named_character(std::uint32_t code) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr;
  std::string hex(digits.data(), end);
  for (char& digit : hex)
    if (digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
  return "\\[u" + std::string(hex.size() < 4 ? 4 - hex.size() : 0, '0') + hex + "]";
}

/// The text as one argument of a macro.
std::string macro_argument(std::string_view text) {
  std::string written;
  for (const char c : roff(text)) written += c == '"' ? "\\(dq" : std::string(1, c);
  return "\"" + written + "\"";
}

std::string upper(std::string_view text) {
  std::string written;
  for (const char c : text) written += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return written;
}

/// troff wants a sentence to end where a line ends: it knows no other way to tell.
std::string sentences(std::string_view text) {
  std::string written = roff(text);
  for (std::size_t at = 0; (at = written.find(". ", at)) != std::string::npos; ++at) {
    const bool ends = at + 2 < written.size() && written[at + 2] >= 'A' && written[at + 2] <= 'Z';
    if (ends) written[at + 1] = '\n';
  }
  return written + "\n";
}

}  // namespace

std::string roff(std::string_view text) {
  std::string written;
  for (std::size_t at = 0; at < text.size();) {
    const bool begins_line = at == 0 || text[at - 1] == '\n';
    const char c = text[at];
    const auto code = next_code_point(text, at);
    if (begins_line && (c == '.' || c == '\'')) written += "\\&";
    if (code >= 0x80) {
      written += named_character(code);
    } else if (c == '\\') {
      written += "\\e";
    } else if (c == '-') {
      written += "\\-";
    } else if (c == '\'') {
      written += "\\(aq";
    } else if (c == '`') {
      written += "\\(ga";
    } else if (c == '^') {
      written += "\\(ha";
    } else if (c == '~') {
      written += "\\(ti";
    } else {
      written += c;
    }
  }
  return written;
}

ManualPage::ManualPage(const Title& title) {
  text_ = ".\\\" Written by " + std::string(title.origin) + ": UPDATE_GOLDEN=1 writes it again.\n";
  text_ += ".TH " + macro_argument(upper(title.name)) + " " + std::to_string(title.number) +
           " \"\" \"chainer\\-submit\" " + macro_argument(title.book) + "\n.nh\n.ad l\n";
  section("NAME");
  text_ += roff(title.name) + " \\- " + roff(title.sentence) + "\n";
}

ManualPage& ManualPage::section(std::string_view name) {
  text_ += ".SH " + macro_argument(name) + "\n";
  has_usage_ = false;
  return *this;
}

ManualPage& ManualPage::subsection(std::string_view name) {
  text_ += ".SS " + macro_argument(name) + "\n";
  return *this;
}

ManualPage& ManualPage::paragraph(std::string_view text) {
  const auto begin = text_.rfind('\n', text_.size() - 2) + 1;
  const auto before = std::string_view(text_).substr(begin);
  const bool is_first = before.starts_with(".SH") || before.starts_with(".SS");
  text_ += (is_first ? "" : ".PP\n") + sentences(text);
  return *this;
}

ManualPage& ManualPage::entry(std::string_view word, std::string_view text) {
  text_ += ".TP\n.B " + macro_argument(word) + "\n" + sentences(text);
  return *this;
}

ManualPage& ManualPage::option(std::string_view names, std::string_view value,
                               std::string_view text) {
  if (value.empty()) return entry(names, text);
  // "[=STEP]" follows the name itself.
  const bool is_joined = value.starts_with('=') || value.starts_with('[');
  text_ += ".TP\n.BI " + macro_argument(names) + " " +
           macro_argument((is_joined ? "" : " ") + std::string(value)) + "\n" + sentences(text);
  return *this;
}

ManualPage& ManualPage::argument(std::string_view name, std::string_view text) {
  text_ += ".TP\n.I " + macro_argument(name) + "\n" + sentences(text);
  return *this;
}

ManualPage& ManualPage::detail(std::string_view text) {
  text_ += ".br\n" + sentences(text);
  return *this;
}

ManualPage& ManualPage::lines(std::string_view text) {
  text_ += ".PP\n.RS 4\n.EX\n" + roff(text);
  if (!text.ends_with('\n')) text_ += '\n';
  text_ += ".EE\n.RE\n";
  return *this;
}

ManualPage& ManualPage::usage(std::string_view command,
                              const std::vector<std::string>& placeholders) {
  if (has_usage_) text_ += ".br\n";
  has_usage_ = true;
  text_ += ".B " + macro_argument(command) + "\n";
  for (const auto& placeholder : placeholders) {
    const bool may_be_left_out = placeholder.starts_with('[');
    text_ += may_be_left_out
                 ? ".RI [ " + macro_argument(placeholder.substr(1, placeholder.size() - 2)) + " ]\n"
                 : ".I " + macro_argument(placeholder) + "\n";
  }
  return *this;
}

ManualPage& ManualPage::see_also(const std::vector<std::string_view>& pages) {
  section("SEE ALSO");
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const auto open = pages[i].find('(');
    text_ += ".BR " + roff(pages[i].substr(0, open)) + " " + std::string(pages[i].substr(open)) +
             (i + 1 < pages.size() ? ",\n" : "\n");
  }
  return *this;
}

}  // namespace chainer
