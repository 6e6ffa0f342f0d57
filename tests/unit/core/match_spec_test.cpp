#include "core/match_spec.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace chainer::match_spec_test {
namespace {

std::string name_of(std::string_view text) {
  const auto spec = MatchSpec::parse(text);
  return spec ? spec->name() : "refused: " + spec.error().what;
}

std::string reason(const std::string& text) {
  const auto spec = MatchSpec::parse(text);
  const auto head = "'" + text + "' is not a conda package: ";
  return spec ? "accepted" : spec.error().what.substr(head.size());
}

TEST(MatchSpec, ReadsWhatPeopleWrite) {
  for (const auto* text : {"numpy",
                           "NumPy=1",
                           "numpy=1.23",
                           "numpy==1.23",
                           "numpy = 1.23",
                           "numpy 1.23.*",
                           "numpy>=1.2,<2",
                           "numpy >=1.2, <2",
                           "numpy>=1.2|<1,!=0.5.*",
                           "numpy ~=1.2",
                           "numpy (>=1.2)",
                           "numpy=1.23*",
                           "numpy *",
                           "numpy=*",
                           "numpy=1.23=py39_0",
                           "numpy 1.23 py39_0",
                           "numpy=1.23=*mkl*",
                           "numpy 1.23.* *cuda",
                           "numpy=1!2.0rc1+local.4",
                           "tzdata=2022c",
                           "icu=1.0-1",
                           "_libgcc_mutex=0.1=conda_forge",
                           "conda-forge::numpy",
                           "conda-forge/linux-64::numpy=1",
                           "https://host/label/dev::numpy >=1",
                           "file:///srv/channel::numpy",
                           "numpy[version='>=1.2,<2', build=*mkl*]",
                           "numpy >=1 [build=\"x_0\"]",
                           " numpy "}) {
    EXPECT_TRUE(MatchSpec::parse(text)) << text << ": " << reason(text);
  }
}

TEST(MatchSpec, TakesItApart) {
  const auto spec = MatchSpec::parse(" conda-forge::NumPy >=1.2 ");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->channel(), "conda-forge");
  EXPECT_EQ(MatchSpec::parse("numpy[build='a::b']")->channel(), "");
  EXPECT_EQ(MatchSpec::parse("conda-forge::numpy[build='a::b']")->text(), "numpy[build='a::b']");
  EXPECT_EQ(MatchSpec::parse("numpy[url='a://b']")->name(), "numpy");
  EXPECT_EQ(MatchSpec::parse("http://[::1]:80/own::numpy")->channel(), "http://[::1]:80/own");
  EXPECT_EQ(spec->name(), "numpy");
  EXPECT_EQ(spec->text(), "NumPy >=1.2");
  EXPECT_TRUE(spec->names_version());
  EXPECT_EQ(name_of("ruamel.yaml"), "ruamel.yaml");
  EXPECT_EQ(name_of("typing_extensions"), "typing_extensions");
}

TEST(MatchSpec, KnowsWhetherAVersionIsAskedFor) {
  const auto names_version = [](std::string_view text) {
    return MatchSpec::parse(text)->names_version();
  };
  for (const auto* text : {"a=1", "a 1.*", "a>1", "a[version=1]", "a=1=0"}) {
    EXPECT_TRUE(names_version(text)) << text;
  }
  for (const auto* text : {"a", "a=*", "a *", "a[build=x]", "a * x_0"}) {
    EXPECT_FALSE(names_version(text)) << text;
  }
}

TEST(MatchSpec, SaysWhatWasExpected) {
  EXPECT_EQ(reason(""), "expected the name of a package");
  EXPECT_EQ(reason("=1.2"), "expected the name of a package");
  EXPECT_EQ(reason("./here"), "expected the name of a package");
  EXPECT_EQ(reason("-e ."), "expected the name of a package");
  EXPECT_EQ(reason("num*"), "expected one package, not a pattern of names");
  EXPECT_EQ(reason("numpy=>1.2"),
            "there is no comparison '=>'; there are ==, =, !=, ~=, >=, <=, > and <");
  EXPECT_EQ(reason("numpy==="),
            "there is no comparison '==='; there are ==, =, !=, ~=, >=, <=, > and <");
  EXPECT_EQ(reason("numpy>="), "expected a version at ''");
  EXPECT_EQ(reason("numpy>=1.2,"), "expected another condition behind the last ','");
  EXPECT_EQ(reason("numpy=1..2"), "expected a digit or a letter at '.2'");
  EXPECT_EQ(reason("numpy=1.*.2"), "expected nothing behind '*' in a version");
  EXPECT_EQ(reason("numpy<*"), "there is no order on '*': it stands alone, or behind '='");
  EXPECT_EQ(reason("numpy=*x"), "expected nothing behind '*' in a version");
  EXPECT_EQ(reason("numpy >1.2 <3"), "conditions on a version are joined by ',', as in >=1.2,<2");
  EXPECT_EQ(reason("numpy 1.0 0 extra"), "expected its end at 'extra'");
  EXPECT_EQ(reason("numpy[extra]"),
            "expected key=value between '[' and ']': conda packages have no extras");
  EXPECT_EQ(reason("numpy; python_version<'3'"), "conda packages have no markers: ';' is pip's");
  EXPECT_EQ(reason("numpy @ https"), "conda packages have no '@': it is pip's");
  EXPECT_EQ(reason("https://host/numpy-1.conda"),
            "expected a name, not a URL; a channel's URL goes in front of '::'");
  EXPECT_EQ(reason("a:b::c"), "'a:b' is not the name of a channel");
  EXPECT_EQ(reason("::c"), "expected a channel in front of '::'");
  EXPECT_EQ(reason("numpy\n=1"), "expected one line of text");
}

RC_GTEST_PROP(MatchSpec, NeverHoldsALineEndOrMoreThanWasWritten, (const std::string& text)) {
  const auto spec = MatchSpec::parse(text);
  if (!spec) return;
  RC_ASSERT(spec->text().find('\n') == std::string::npos);
  RC_ASSERT(text.find(spec->text()) != std::string::npos);
}

}  // namespace
}  // namespace chainer::match_spec_test
