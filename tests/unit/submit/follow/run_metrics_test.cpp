#include "submit/follow/run_metrics.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>

#include "temporary_folder.hpp"

namespace chainer::run_metrics_test {
namespace {

class RunMetricsTest : public testing::Test {
 protected:
  /// Each as "NAME = VALUE, last LAST of COUNT".
  std::vector<std::string> read(const std::string& text) {
    folder_.write("r/metrics.jsonl", text);
    std::vector<std::string> lines;
    for (const auto& metric : follow::read_run_metrics(run::RunFolder(folder_ / "r")).metrics) {
      lines.push_back(metric.name + " = " + metric.value + ", last " + metric.last + " of " +
                      std::to_string(metric.count));
    }
    return lines;
  }
  using Lines = std::vector<std::string>;

  TemporaryFolder folder_;
};

TEST_F(RunMetricsTest, AreNoneWithoutTheFile) {
  EXPECT_TRUE(follow::read_run_metrics(run::RunFolder(folder_ / "r")).metrics.empty());
}

TEST_F(RunMetricsTest, AreAValueOrTheListOfThem) {
  EXPECT_EQ(read(R"({"name":"loss","kind":"scalar","value":0.5}
{"name":"size","kind":"scalar","value":4}
{"name":"loss","kind":"scalar","value":0.25}
)"),
            (Lines{"loss = [0.5,0.25], last 0.25 of 2", "size = 4, last 4 of 1"}));
}

TEST_F(RunMetricsTest, JoinListsAndRows) {
  EXPECT_EQ(read(R"({"name":"l","kind":"list","value":[1]}
{"name":"l","kind":"list","value":[2,3]}
{"name":"r","kind":"row","value":{"x":1,"y":2}}
{"name":"r","kind":"row","value":{"x":3}}
{"name":"t","kind":"table","value":{"a":[1,2]}}
)"),
            (Lines{"l = [1,2,3], last 3 of 3", R"(r = {"x":[1,3],"y":2}, last {"x":3,"y":2} of 2)",
                   R"(t = {"a":[1,2]}, last {"a":[1,2]} of 1)"}));
}

TEST_F(RunMetricsTest, PassByLinesThatCannotBeRead) {
  std::string deep(100'000, '[');
  EXPECT_EQ(read("{\"name\":\"a\",\"kind\":\"scalar\",\"value\":1}\n{\"name\":\"b\",\"va\n\n7\n"
                 "{\"kind\":\"scalar\",\"value\":1}\n{\"name\":3,\"value\":1}\n{\"name\":\"d\"}\n" +
                 deep + "\n{\"name\":\"c\",\"kind\":\"scalar\",\"value\":2}"),
            (Lines{"a = 1, last 1 of 1", "c = 2, last 2 of 1"}));
}

/// A script that logs loss_1, loss_2, …: the square of their number would take minutes.
/// Looking through all names for each line would take longer than ctest lets a test take.
TEST_F(RunMetricsTest, MayHaveANameForEachStep) {
  constexpr int steps = 250'000;
  std::string text;
  for (int step = 0; step < steps; ++step) {
    text += "{\"name\":\"loss_" + std::to_string(step) + "\",\"kind\":\"scalar\",\"value\":1}\n";
  }
  EXPECT_EQ(read(text).size(), std::size_t{steps});
}

TEST_F(RunMetricsTest, PassByALineWithoutAnEnd) {
  const std::string ours = R"({"name":"a","kind":"scalar","value":1})";
  EXPECT_EQ(read(ours + "\n" + std::string(20'000'000, ' ') + ours + "\n" + ours + "\n"),
            Lines{"a = [1,1], last 1 of 2"});
  const auto file = folder_.write("r/metrics.jsonl", ours + "\n");
  std::filesystem::resize_file(file, std::uintmax_t{1} << 40);
  EXPECT_EQ(follow::read_run_metrics(run::RunFolder(folder_ / "r")).metrics.size(), 1U);
}

TEST_F(RunMetricsTest, KeepTheNewestOfATag) {
  folder_.write("r/metrics.jsonl",
                "{\"name\":\"k\",\"kind\":\"tag\",\"value\":\"1\"}\n"
                "{\"name\":\"k\",\"kind\":\"tag\",\"value\":\"2\"}\n");
  const auto found = follow::read_run_metrics(run::RunFolder(folder_ / "r"));
  EXPECT_EQ(found.tags, (std::vector<std::pair<std::string, std::string>>{{"k", "2"}}));
  EXPECT_TRUE(found.metrics.empty());
}

}  // namespace
}  // namespace chainer::run_metrics_test
