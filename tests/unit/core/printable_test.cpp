#include "core/printable.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace chainer::printable_test {
namespace {

TEST(Printable, LeavesTextOfAnyLanguageAsItIs) {
  for (const auto* text : {"", "image busybox:1.36", "données/été", "深層学習", "می‌خواهم",
                           "👩‍🔬", "C:\\temp, \"quoted\" 'text'"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, ShowsLineEndsAndControlCharacters) {
  EXPECT_EQ(printable("a\nchainer: n1: all is well\r\tb"), "a\\nchainer: n1: all is well\\r\\tb");
  EXPECT_EQ(printable("\x1b[2J\x1b]0;title\a"), "\\x1b[2J\\x1b]0;title\\x07");
  EXPECT_EQ(printable(std::string_view("a\0b\x7f", 4)), "a\\x00b\\x7f");
}

TEST(Printable, ShowsControlCharactersThatTakeTwoBytes) {
  EXPECT_EQ(printable("\u009b2J \u0085"), "\\u009b2J \\u0085");
}

TEST(Printable, ShowsWhatTurnsOrHidesText) {
  EXPECT_EQ(printable("safe\u202egnp.exe"), "safe\\u202egnp.exe");
  EXPECT_EQ(printable("a\u2066b\u2069 c\u200bd \ufeff\u061c"),
            "a\\u2066b\\u2069 c\\u200bd \\ufeff\\u061c");
  EXPECT_EQ(printable("line\u2028separator \U000e0041"), "line\\u2028separator \\U000e0041");
}

TEST(Printable, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(printable("\xc0\x8a"), "\\xc0\\x8a");                    // a line end, overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond Unicode
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");                    // cut short
  EXPECT_EQ(printable("\x9b"
                      "2J"),
            "\\x9b2J");  // what an eight-bit terminal takes for CSI
}

TEST(Printable, CutsTheMiddleOfWhatIsTooLongBetweenCharacters) {
  EXPECT_EQ(printable("0123456789abcdef", 12), "012345…def");
  EXPECT_EQ(printable("ééééééééé", 12), "ééé…é");
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("abcd", 3), "…");
  EXPECT_EQ(printable(std::string(1 << 20, '\n')).size(), longest_printable);
}

TEST(Printable, ChangesNothingWhenAppliedAgain) {
  for (const auto* text : {"a\nb\x1b[0m", "caf\xe9\\n", "\u202e…"}) {
    EXPECT_EQ(printable(printable(text)), printable(text));
  }
  const auto cut = printable(std::string(100, '\n') + "end", 50);
  EXPECT_LE(cut.size(), 50U);
  EXPECT_EQ(printable(cut, 50), cut);
}

TEST(PrintableLines, IndentsEveryLineButTheFirst) {
  EXPECT_EQ(printable_lines("cannot build x\n    gcc: no such file\nchainer: all is well\n"),
            "cannot build x\n    gcc: no such file\n    chainer: all is well\n    ");
  EXPECT_EQ(printable_lines("one\rline"), "one\\rline");
}

TEST(PrintableLines, KeepsFortyLines) {
  std::string text = "first";
  for (int i = 0; i < 1000; ++i) text += "\nmore";
  const auto shown = printable_lines(text);
  EXPECT_EQ(std::ranges::count(shown, '\n'), 40);
  EXPECT_TRUE(shown.ends_with("\n    more\n    …"));
  EXPECT_EQ(printable_lines(shown), shown);
}

}  // namespace
}  // namespace chainer::printable_test
