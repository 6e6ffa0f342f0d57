#include "core/manual_page.hpp"

#include <gtest/gtest.h>

namespace chainer::manual_page_test {
namespace {

TEST(ManualPage, KeepsWhatTroffWouldTakeForItsOwn) {
  EXPECT_EQ(roff(".x\n'y' a-b c\\d"), "\\&.x\n\\&\\(aqy\\(aq a\\-b c\\ed");
  EXPECT_EQ(roff("~ ^ ` …"), "\\(ti \\(ha \\(ga \\[u2026]");
}

TEST(ManualPage, IsWrittenFromItsTopToItsEnd) {
  ManualPage page({"a-b", 5, "File Formats", "what a is", "its test"});
  page.section("SYNOPSIS").usage("a-b", {"[OPTION...]", "FILE"}).usage("a-b c", {});
  page.section("DESCRIPTION").paragraph("One. Two, as in e.g. this.").paragraph("Three.");
  page.section("OPTIONS").option("-o", "FILE", "Writes.").option("-p", "[=yes]", "Says \"so\".");
  page.detail("Default: no.").argument("FILE", "Read.").entry("x\"y", "Bold.");
  page.lines("a-b\n  .dot");
  page.see_also({"a(1)", "b-c(8)"});
  EXPECT_EQ(page.text(),
            ".\\\" Written by its test: UPDATE_GOLDEN=1 writes it again.\n"
            ".TH \"A\\-B\" 5 \"\" \"chainer\\-submit\" \"File Formats\"\n.nh\n.ad l\n"
            ".SH \"NAME\"\na\\-b \\- what a is\n"
            ".SH \"SYNOPSIS\"\n.B \"a\\-b\"\n.RI [ \"OPTION...\" ]\n.I \"FILE\"\n"
            ".br\n.B \"a\\-b c\"\n"
            ".SH \"DESCRIPTION\"\nOne.\nTwo, as in e.g. this.\n.PP\nThree.\n"
            ".SH \"OPTIONS\"\n.TP\n.BI \"\\-o\" \" FILE\"\nWrites.\n"
            ".TP\n.BI \"\\-p\" \"[=yes]\"\nSays \"so\".\n.br\nDefault: no.\n"
            ".TP\n.I \"FILE\"\nRead.\n.TP\n.B \"x\\(dqy\"\nBold.\n"
            ".PP\n.RS 4\n.EX\na\\-b\n  .dot\n.EE\n.RE\n"
            ".SH \"SEE ALSO\"\n.BR a (1),\n.BR b\\-c (8)\n");
}

}  // namespace
}  // namespace chainer::manual_page_test
