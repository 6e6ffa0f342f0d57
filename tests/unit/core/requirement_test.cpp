#include "core/requirement.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace chainer::requirement_test {
namespace {

std::string package_of(std::string_view text) {
  const auto requirement = Requirement::parse(text);
  return requirement ? requirement->package() : "refused: " + requirement.error().what;
}

std::string reason(const std::string& text) {
  const auto requirement = Requirement::parse(text);
  const auto head = "'" + text + "' is not a requirement: ";
  return requirement ? "accepted" : requirement.error().what.substr(head.size());
}

TEST(Requirement, NormalisesNamesAsPackageIndexesDo) {
  EXPECT_EQ(package_of("NumPy==1.2"), "numpy");
  EXPECT_EQ(package_of("Typing_Extensions"), "typing-extensions");
  EXPECT_EQ(package_of("a.-_b>=1"), "a-b");
  EXPECT_EQ(package_of(" x [extra] ; python_version > '3'"), "x");
  EXPECT_EQ(package_of("x @ https://example.org/x.whl"), "x");
}

TEST(Requirement, ReadsWhatPipReads) {
  for (const auto* text : {"a",
                           "a[]",
                           "a[b, c.d]",
                           "a (>=1, <2)",
                           "a>=1,<2",
                           "a ~= 1.2",
                           "a==1.*",
                           "a!=1!2.3.*",
                           "a===any/thing",
                           "a==v1.0rc1.post2.dev3+local.4",
                           "a==1.0-1",
                           "a>1.0-alpha.1",
                           "a<1a",
                           "a>=1,",
                           "a@https://h/x",
                           "a[b] @ git+https://h/x@v1 ; os_name == 'posix'",
                           "a @ ${URL}/x://y",
                           "a; (python_version < '3' or extra == \"x\") and 'l' in sys_platform",
                           "a;os_name not  in 'x'",
                           "a==1;python_implementation=='CPython'",
                           "a @ file:///x",
                           "a @ ./x"}) {
    EXPECT_TRUE(Requirement::parse(text)) << text << ": " << reason(text);
  }
}

TEST(Requirement, SaysWhatWasExpected) {
  EXPECT_EQ(reason("numpy=1.23"), "a version is compared with '==', not with '='");
  EXPECT_EQ(reason("chainer=="), "expected a version behind '=='");
  EXPECT_EQ(reason("torch["), "expected the name of an extra between '[' and ']'");
  EXPECT_EQ(reason("pkg @ "), "expected a URL behind '@'");
  EXPECT_EQ(reason("pkg @ x"), "expected a URL behind '@', not 'x'");
  EXPECT_EQ(reason("numpy 1.2"), "expected a version such as ==1.2");
  EXPECT_EQ(reason("numpy>=1.2.*"), "'.*' goes with == and != alone");
  EXPECT_EQ(reason("numpy~=1"), "'~=' takes a version of two numbers or more, such as 1.2");
  EXPECT_EQ(reason("numpy==1.2x"), "expected the end of the version at 'x'");
  EXPECT_EQ(reason("numpy>1+a"), "a local version ('+…') goes with == and != alone");
  EXPECT_EQ(reason("numpy==1;"), "expected a marker such as python_version >= \"3.8\" behind ';'");
  EXPECT_EQ(reason("numpy==1; python = '3'"),
            "expected a marker such as python_version >= \"3.8\" behind ';'");
  EXPECT_EQ(reason("numpy==1; python_version >= 3"),
            "expected text in quotes, or a marker's variable");
  EXPECT_EQ(reason("numpy (>=1"), "expected ')' behind the version");
  EXPECT_EQ(reason("a==1 # why"), "expected its end at '# why'");
  EXPECT_EQ(reason("a;" + std::string(100'000, '(')), "expected fewer parentheses in each other");
  for (const auto* text :
       {"a\nb", "a===1\n-r/x", "a @ https://h/x\n-rx", "a;os_name=='\n'", "a\x1b"}) {
    EXPECT_EQ(reason(text), "expected one line of text") << text;
  }
  for (const auto* text : {"", "-r x", "==1", "_x", "x_"}) {
    EXPECT_EQ(reason(text), "expected the name of a package") << text;
  }
}

TEST(Requirement, KnowsWhetherItNamesAVersion) {
  EXPECT_FALSE(Requirement::parse("numpy")->names_version());
  EXPECT_FALSE(Requirement::parse("numpy[x] ; os_name == 'a'")->names_version());
  EXPECT_TRUE(Requirement::parse("numpy>1")->names_version());
  EXPECT_TRUE(Requirement::parse("numpy @ https://h/x")->names_version());
  EXPECT_EQ(Requirement::parse("numpy @ https://h/x")->url(), "https://h/x");
}

TEST(Requirement, TellsLocalPaths) {
  for (const auto* text : {"./x", "../x", ".", "/x", "~/x", "file:///x", "x @ file:///y", "x@./y",
                           "x[a] @ /y", "x @ file:y"}) {
    EXPECT_TRUE(is_local_path(text)) << text;
  }
  for (const auto* text : {"x", "x @ https://h/y", "git+https://a@h/./x", "https://h/x", ""}) {
    EXPECT_FALSE(is_local_path(text)) << text;
  }
}

TEST(Requirement, EndsBeforeTheOptionsOfItsLine) {
  EXPECT_EQ(without_options("a==1 --hash=sha256:0 --hash=x"), "a==1");
  EXPECT_EQ(without_options("a==1-1 ; os_name == 'x-y'"), "a==1-1 ; os_name == 'x-y'");
}

/// Every part in each of its forms makes a requirement that reads, and keeps its name.
RC_GTEST_PROP(Requirement, ReadsWhateverItsGrammarMakes, ()) {
  const auto one = [](std::vector<std::string> forms) { return *rc::gen::elementOf(forms); };
  const auto blank = [&] { return one({"", " ", "\t "}); };
  const auto name = one({"a", "a-b", "a-b1"});
  const auto extras = one({"", "[]", "[x]", "[x , y_z]"});
  const auto version = [&] {
    return one({"1", "v2.0", "1!3.4.5"}) + one({"", "a1", ".rc.2", "-beta"}) +
           one({"", ".post1", "-2", "rev3"}) + one({"", ".dev0"});
  };
  std::string text = blank() + name + blank() + extras + blank();
  const auto count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) {
    if (i > 0) text += blank() + "," + blank();
    text += one({"==", ">=", "<=", "<", ">", "!=", "==="}) + blank() + version();
  }
  text += blank();
  const auto comparison = [&] {
    return one({"os_name", "'x'", "\"y z\""}) + blank() +
           one({"==", ">=", " in ", " not in ", "~="}) + blank() + one({"python_version", "'3.8'"});
  };
  if (*rc::gen::arbitrary<bool>()) {
    text += ";" + blank() + comparison() + blank();
    if (*rc::gen::arbitrary<bool>()) text += " and (" + comparison() + " or " + comparison() + ")";
  }
  RC_ASSERT(package_of(text) == name);
}

}  // namespace
}  // namespace chainer::requirement_test
