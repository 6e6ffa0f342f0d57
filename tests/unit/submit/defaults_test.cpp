#include "submit/input/defaults.hpp"

#include <gtest/gtest.h>

#include "submit/input/key_table.hpp"

namespace chainer {
namespace {

TEST(Defaults, AreReadFromTheKeyTables) {
  EXPECT_EQ(default_of(estimator_keys(), &Estimator::shm_size).to_string(), "2g");
  EXPECT_EQ(default_of(estimator_keys(), &Estimator::framework_version), "5.1.0");
  EXPECT_EQ(default_of(estimator_keys(), &Estimator::source_directory), ".");
  EXPECT_EQ(default_of(estimator_keys(), &Estimator::node_count).get(), 1);
  EXPECT_EQ(default_of(slurm_keys(), &SlurmOptions::nice), 0);
  EXPECT_EQ(default_of(slurm_keys(), &SlurmOptions::exclusive), false);
}

template <typename Record>
void check(std::span<const Key<Record>> keys) {
  for (const auto& key : keys) {
    const auto& fallback = key.info.fallback;
    // Two follow from elsewhere and are told in words.
    if (fallback.empty() || !key.read || fallback.starts_with("the ")) continue;
    Record record;
    Report report;
    key.read(record, default_value(key.info), key.info.name, report);
    EXPECT_FALSE(report.has_errors()) << key.info.name;
  }
}

TEST(Defaults, AreValuesOfTheirKeys) {
  check(estimator_keys());
  check(distributed_training_keys());
  check(slurm_keys());
  check(run_keys());
}

}  // namespace
}  // namespace chainer
