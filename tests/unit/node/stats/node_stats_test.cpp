#include "node/stats/node_stats.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "store_folder.hpp"

namespace chainer::node_stats_test {
namespace {

stats::NodeStats some_stats() {
  stats::NodeStats stats{"n1", FiguresFile::empty(1'700'000'000), {}};
  auto& figures = stats.figures.figures;
  figures.warm = 7;
  figures.made = 2;
  figures.failed_for_user = 1;
  figures.microseconds = 61'500'000;
  figures.images.found = 6;
  figures.images.waited = 1;
  figures.images.made = 2;
  figures.images.phases.at(index_of(Phase::download)) = {2, 3'250'001, 900'000'000};
  figures.environments.found = 3;
  figures.evicted_entries = 2;
  figures.evicted_bytes = 700'000'000;
  stats.store = {{12, 4'000'000'000}, {3, 600'000'000}, 4'700'000'000, 107'374'182'400};
  return stats;
}

TEST(TheStats, AreReadByAPerson) {
  EXPECT_EQ(stats::stats_text(some_stats()),
            "node            n1, since 2023-11-14T22:13:20Z\n"
            "preparations    7 warm, 2 made something, 1 failed; 61.5 s in all\n"
            "  failures      1 of what was asked for, 0 of the node or site, 0 for the moment\n"
            "images          6 found, 1 waited for, 2 made\n"
            "  download      2 times, 3.3 s, 900 MB\n"
            "environments    3 found, 0 waited for, 0 made\n"
            "evicted         2 entries, 700 MB\n"
            "store           12 images (4.0 GB), 3 environments (600 MB); 4.7 GB of 107 GB\n");
}

TEST(TheStats, SayThatNothingWasPreparedYet) {
  const stats::NodeStats stats{"n1", FiguresFile::empty(0), {}};
  EXPECT_TRUE(stats::stats_text(stats).starts_with("node            n1, no preparation yet\n"));
  EXPECT_TRUE(nlohmann::json::parse(stats::stats_json(stats)).at("since").is_null());
}

TEST(TheStats, AreReadByAProgram) {
  const auto json = nlohmann::json::parse(stats::stats_json(some_stats()));
  EXPECT_EQ(json["node"], "n1");
  EXPECT_EQ(json["preparations"]["failed"], 1);
  EXPECT_EQ(json["images"]["phases"]["download"]["bytes"], 900'000'000);
  EXPECT_EQ(json["images"]["phases"]["wait"]["times"], 0);
  EXPECT_EQ(json["store"]["environments"]["entries"], 3);
}

/// Each line is a comment or a sample, each sample is of the metric announced last, and no
/// sample comes twice: what a Prometheus server insists on.
TEST(TheStats, AreReadByPrometheus) {
  std::istringstream lines(stats::stats_for_prometheus(some_stats()));
  const std::regex type("# TYPE (chainer_[a-z_]+) (counter|gauge)");
  const std::regex sample(
      "(chainer_[a-z_]+)(\\{[a-z]+=\"[a-z_]+\"(,[a-z]+=\"[a-z_]+\")*\\})? ([0-9]+(\\.[0-9]+)?)");
  std::string metric;
  std::set<std::string> samples;
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts;
    if (line.starts_with("# HELP chainer_")) continue;
    if (std::regex_match(line, parts, type)) {
      metric = parts[1];
      EXPECT_EQ(metric.ends_with("_total"), parts[2] == "counter") << line;
      continue;
    }
    ASSERT_TRUE(std::regex_match(line, parts, sample)) << line;
    EXPECT_EQ(parts[1], metric) << line;
    EXPECT_TRUE(samples.insert(parts[1].str() + parts[2].str()).second) << line;
  }
  const auto text = lines.str();
  for (const auto* expected :
       {"chainer_preparations_total{result=\"warm\"} 7\n",
        "chainer_preparation_seconds_total 61.500000\n",
        "chainer_failures_total{class=\"user\"} 1\n",
        "chainer_entries_total{kind=\"image\",origin=\"waited\"} 1\n",
        "chainer_phase_seconds_total{kind=\"image\",phase=\"download\"} 3.250001\n",
        "chainer_phase_bytes_total{kind=\"image\",phase=\"download\"} 900000000\n",
        "chainer_evicted_entries_total 2\n", "chainer_store_entries{kind=\"environment\"} 3\n",
        "chainer_store_quota_bytes 107374182400\n"}) {
    EXPECT_NE(text.find(expected), std::string::npos) << expected << text;
  }
}

TEST(APhase, HasAPlaceAmongTheFigures) {
  for (std::size_t i = 0; i < number_of_phases; ++i)
    EXPECT_EQ(index_of(*phase_named(phase_name_at(i))), i);
  EXPECT_EQ(phase_name_at(number_of_phases), "") << "a phase without figures";
}

class TheStores : public fixtures::StoreFolder {};

TEST_F(TheStores, TotalsTellImagesFromEnvironments) {
  const auto store = open();
  file(store, fixtures::public_image('a'), 1000);
  file(store, fixtures::own_image('b'), 1000);
  file(store, {EntryKind::environment, fixtures::key('c'), Audience::only(1000)}, 1000);
  file(store, {EntryKind::difference, fixtures::key('d'), Audience::only(1000)}, 1000);
  const auto totals = stats::totals_of(store);
  EXPECT_EQ(totals.images.entries, 2u);
  EXPECT_EQ(totals.environments.entries, 2u);
  EXPECT_GE(totals.images.bytes, 2000u);
  EXPECT_EQ(totals.quota, 1'000'000u);
  EXPECT_GE(totals.bytes, totals.images.bytes + totals.environments.bytes);
}

}  // namespace
}  // namespace chainer::node_stats_test
