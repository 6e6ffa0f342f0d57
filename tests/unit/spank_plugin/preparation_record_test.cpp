#include "spank_plugin/preparation_record.hpp"

#include <gtest/gtest.h>

namespace chainer::preparation_record_test {
namespace {

using namespace std::chrono_literals;

Step a_step() {
  Step step;
  step.job_id = 12;
  step.step_id = 3;
  step.account.uid = 0;
  return step;
}

UsedEntry entry(char digit, UsedEntry::Origin origin) {
  return {*Digest::parse_hex(std::string(64, digit)), origin};
}

const UsedEntry found = entry('a', UsedEntry::Origin::store);
const UsedEntry made = entry('b', UsedEntry::Origin::helpers);
const std::string a64(64, 'a'), b64(64, 'b');

TEST(APreparationRecord, SaysWhoUsedWhatAndHowLongItTook) {
  const PreparationRecord record{"docker://python:3.11", found, {}, {}, 12ms};
  EXPECT_EQ(record.line(a_step()),
            "chainer: preparation result=warm uid=0 user=root job=12 step=12.3 seconds=0.012 "
            "image=sha256:" +
                a64 + " environment=none reference=\"docker://python:3.11\"");
}

TEST(APreparationRecord, SaysWhenSomethingWasMade) {
  const PreparationRecord of_image{"x", made, found, {}, 61'500ms};
  EXPECT_NE(of_image.line(a_step()).find("result=made"), std::string::npos);
  EXPECT_NE(of_image.line(a_step()).find("seconds=61.500"), std::string::npos);
  const PreparationRecord of_environment{"x", found, made, {}, 1ms};
  EXPECT_NE(of_environment.line(a_step()).find("result=made"), std::string::npos);
  EXPECT_NE(of_environment.line(a_step()).find("environment=sha256:" + b64), std::string::npos);
}

TEST(APreparationRecord, SaysWhyItFailed) {
  const PreparationRecord record{"x", {}, {}, Error{"the registry said no"}, 1ms};
  const auto line = record.line(a_step());
  EXPECT_NE(line.find("result=failed"), std::string::npos) << line;
  EXPECT_TRUE(
      line.ends_with("image=none environment=none reference=\"x\" cause=\"the registry said no\""))
      << line;
}

TEST(APreparationRecord, LetsNoTextPassForAnotherFieldOrLine) {
  const PreparationRecord record{
      "x\" cause=\"mine\" \\", {}, {}, Error{"no\nchainer: preparation result=warm\x1b[2J"}, 1ms};
  const auto line = record.line(a_step());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_NE(line.find(R"(reference="x\" cause=\"mine\" \\" cause="no)"), std::string::npos) << line;
}

TEST(APreparationRecord, SaysToProgramsWhatEachPhaseTook) {
  auto step = a_step();
  step.node = "n1";
  auto image = made;
  image.work = {{{Phase::resolve, 0.1}, {Phase::convert, 4.25, 185'000'000}}, true};
  auto environment = made;
  environment.work = {{{Phase::wait, 30}}, false};
  const PreparationRecord record{"x", image, environment, {}, 34'500ms};
  EXPECT_EQ(
      record.json_lines(step),
      R"({"node":"n1","step":"12.3","what":"image","phase":"resolve","seconds":0.100,"bytes":0,"cache_hit":false}
{"node":"n1","step":"12.3","what":"image","phase":"convert","seconds":4.250,"bytes":185000000,"cache_hit":false}
{"node":"n1","step":"12.3","what":"environment","phase":"wait","seconds":30.000,"bytes":0,"cache_hit":false}
{"node":"n1","step":"12.3","what":"environment","phase":"found","seconds":0.000,"bytes":0,"cache_hit":true}
{"node":"n1","step":"12.3","what":"node","phase":"whole","seconds":34.500,"bytes":0,"cache_hit":false}
)");
  const PreparationRecord warm{"x", found, {}, {}, 12ms};
  EXPECT_EQ(
      warm.json_lines(step),
      R"({"node":"n1","step":"12.3","what":"image","phase":"found","seconds":0.000,"bytes":0,"cache_hit":true}
{"node":"n1","step":"12.3","what":"node","phase":"whole","seconds":0.012,"bytes":0,"cache_hit":true}
)");
}

TEST(APreparationRecord, IsOfALengthThatALogTakes) {
  const PreparationRecord record{std::string(9000, '"'), found, made,
                                 Error{std::string(9000, '\\')}, 1ms};
  EXPECT_LT(record.line(a_step()).size(), 2048u);
}

TEST(APreparationRecord, NamesAUserThatNobodyKnowsByNumberAlone) {
  auto step = a_step();
  step.account.uid = 4'000'000'001;
  EXPECT_NE(PreparationRecord{}.line(step).find("uid=4000000001 user=unknown"), std::string::npos);
}

}  // namespace
}  // namespace chainer::preparation_record_test
