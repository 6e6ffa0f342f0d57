#include "submit/input/site.hpp"

#include <gtest/gtest.h>

namespace chainer::site_test {
namespace {

std::string findings(const std::string& text) {
  toml::Report report;
  const auto parsed = toml::parse_toml(text, "site.toml");
  const auto site = input::read_site(std::get<toml::Table>(parsed), "site.toml", report);
  EXPECT_EQ(site.has_value(), !report.has_errors());
  std::string shown;
  for (const auto& finding : report.sorted()) {
    shown += std::to_string(finding.at.line) + ": " + finding.message + "\n";
  }
  return shown;
}

const std::string least =
    "runs = \"/runs\"\n[node_types.n]\ncpus = 1\nmemory = \"1g\"\n[compute_targets.c]\nnode_type = "
    "\"n\"\n";

TEST(Site, TakesTheLeastThatWorks) {
  toml::Report report;
  const auto parsed = toml::parse_toml(least, "etc/site.toml");
  const auto site = input::read_site(std::get<toml::Table>(parsed), "etc/site.toml", report);
  ASSERT_TRUE(site);
  EXPECT_EQ(site->recipes, "etc/recipes");
  EXPECT_EQ(site->default_framework_version, "5.1.0");
  EXPECT_EQ(site->limits.snapshot_size.value.bytes(), 300u << 20);
  EXPECT_EQ(site->limits.snapshot_files.value.get(), 2000);
  ASSERT_TRUE(site->find_target("c"));
  EXPECT_EQ(site->find_target("c")->mpi, "pmix");
  EXPECT_EQ(site->find_target("d"), nullptr);
}

TEST(Site, ReportsAllThatIsWrongAtOnce) {
  EXPECT_EQ(findings("runs = \"relative\"\nfrob = 1\n[limits]\nnodes = 0\n[node_types.n]\ncpus = "
                     "1\ngpus = -1\n"
                     "[compute_targets.c]\nnode_type = \"m\"\n[compute_targets.d]\n"),
            "1: runs is 'relative', expected an absolute path\n"
            "2: unknown key 'frob'\n"
            "4: limits.nodes is 0, expected 1 to 1000000\n"
            "5: the key 'memory' is missing\n"
            "7: gpus is -1, expected 0 to 1024\n"
            "9: no node type is called 'm'\n"
            "10: the key 'node_type' is missing\n");
}

TEST(Site, ListsItsOwnKeysBesideOneThatNobodyKnows) {
  toml::Report report;
  const auto parsed = toml::parse_toml(least + "[zzz]\n", "etc/site.toml");
  input::read_site(std::get<toml::Table>(parsed), "etc/site.toml", report);
  const auto found = report.sorted();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].hint,
            "known here: runs, recipes, default_framework_version, template, images, limits, "
            "defaults, environment, package_indexes, priorities, node_types, compute_targets, "
            "data_stores");
}

TEST(Site, RefusesRunsThatSlurmWouldReadAsAPattern) {
  for (const auto* runs : {"/runs/%u", "/a:b", "/a b", "/a,b", "/a\\\\b", "/a'b"}) {
    auto text = least;
    text.replace(0, 14, std::string("runs = \"") + runs + "\"");
    EXPECT_EQ(findings(text), "1: runs holds a blank, a quote or one of % \\ : ,\n") << runs;
  }
}

TEST(Site, NeedsATarget) {
  EXPECT_EQ(findings("runs = \"/runs\"\n"), "0: there is no compute target\n");
}

}  // namespace
}  // namespace chainer::site_test
