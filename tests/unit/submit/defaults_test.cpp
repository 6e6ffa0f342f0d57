#include "submit/input/defaults.hpp"

#include <gtest/gtest.h>

#include "submit/input/key_table.hpp"

namespace chainer {
namespace {

TEST(Defaults, AreReadFromTheKeyTables) {
  EXPECT_EQ(input::default_of(input::estimator_keys(), &input::Estimator::shm_size).to_string(),
            "2g");
  EXPECT_EQ(input::default_of(input::estimator_keys(), &input::Estimator::framework_version),
            "5.1.0");
  EXPECT_EQ(input::default_of(input::estimator_keys(), &input::Estimator::source_directory), ".");
  EXPECT_EQ(input::default_of(input::estimator_keys(), &input::Estimator::node_count).get(), 1);
  EXPECT_EQ(input::default_of(input::slurm_keys(), &input::SlurmOptions::nice), 0);
  EXPECT_EQ(input::default_of(input::slurm_keys(), &input::SlurmOptions::exclusive), false);
}

template <typename Record>
void check(std::span<const input::Key<Record>> keys) {
  for (const auto& key : keys) {
    const auto& fallback = key.info.fallback;
    // Two follow from elsewhere and are told in words.
    if (fallback.empty() || !key.read || fallback.starts_with("the ")) continue;
    Record record;
    toml::Report report;
    key.read(record, input::default_value(key.info), key.info.name, report);
    EXPECT_FALSE(report.has_errors()) << key.info.name;
  }
}

TEST(Defaults, AreValuesOfTheirKeys) {
  check(input::estimator_keys());
  check(input::distributed_training_keys());
  check(input::slurm_keys());
  check(input::run_keys());
}

}  // namespace
}  // namespace chainer
