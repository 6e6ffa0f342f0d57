#include "submit/requirement.hpp"

#include <gtest/gtest.h>

namespace chainer {
namespace {

TEST(PackageOf, NormalisesNamesAsPackageIndexesDo) {
  EXPECT_EQ(package_of("NumPy==1.2"), "numpy");
  EXPECT_EQ(package_of("Typing_Extensions"), "typing-extensions");
  EXPECT_EQ(package_of("a.-_b>=1"), "a-b");
  EXPECT_EQ(package_of(" x [extra] ; python_version > '3'"), "x");
  EXPECT_EQ(package_of("x @ https://example.org/x.whl"), "x");
}

TEST(PackageOf, RefusesWhatIsNoRequirement) {
  for (const auto* text : {"", "-r x", "numpy 1.2", "==1", "_x", "x y", "x,y"}) {
    EXPECT_EQ(package_of(text), std::nullopt) << text;
  }
}

TEST(Requirements, KeepContinuationLinesTogether) {
  Report report;
  const auto lines = read_requirements("a==1 \\\n  --hash=sha256:0\n# c\n\nb\n", "r.txt", report);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0].text, "a==1 \\\n  --hash=sha256:0");
  EXPECT_EQ(lines[0].package, "a");
  EXPECT_EQ(lines[3].package, "b");
  EXPECT_EQ(lines[3].place.at, (Position{5, 1}));
  EXPECT_FALSE(report.has_errors());
}

TEST(Requirements, LetOptionsThroughThatNameNoLocalFile) {
  Report report;
  read_requirements("--index-url https://example.org\n--require-hashes\n--extra-index-url=x\n", "r",
                    report);
  EXPECT_FALSE(report.has_errors());
  read_requirements("-rother.txt\n--requirement=x\n-c x\n--editable .\n", "r", report);
  EXPECT_EQ(report.sorted().size(), 4u);
}

}  // namespace
}  // namespace chainer
