#include "submit/input/defaults.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>

#include "submit/input/key_table.hpp"
#include "temporary_folder.hpp"

namespace chainer::defaults_test {
namespace {

namespace fs = std::filesystem;

TEST(Defaults, AreReadFromTheKeyTables) {
  using input::default_of;
  using input::estimator_keys;
  EXPECT_EQ(default_of(estimator_keys(), &input::Estimator::shm_size).to_string(), "2g");
  EXPECT_EQ(default_of(estimator_keys(), &input::Estimator::framework_version), "5.1.0");
  EXPECT_EQ(default_of(estimator_keys(), &input::Estimator::source_directory), ".");
  EXPECT_EQ(default_of(estimator_keys(), &input::Estimator::node_count).get(), 1);
  EXPECT_EQ(default_of(input::slurm_keys(), &input::SlurmOptions::nice), 0);
  EXPECT_EQ(default_of(input::slurm_keys(), &input::SlurmOptions::exclusive), false);
}

TEST(Defaults, OfAKeyThatHasNoneAreADefect) {
  EXPECT_THROW(input::default_of(input::slurm_keys(), &input::SlurmOptions::mem),
               std::bad_optional_access);
}

TEST(Defaults, ReadAsTheyWouldBeWritten) {
  EXPECT_EQ(input::text_of(ByteSize::from_bytes(1536)), "\"1536b\"");
  EXPECT_EQ(input::text_of(std::string_view("a \"b\"")), "\"a \\\"b\\\"\"");
  EXPECT_EQ(input::text_of(false), "false");
  EXPECT_EQ(input::text_of(std::int64_t{0}), "0");
  EXPECT_EQ(input::text_of(toml::Count::one()), "1");
  EXPECT_EQ(input::text_of(input::InWords("the file's name")), "the file's name");
  EXPECT_EQ(input::text_of({}), "");
}

template <typename Record>
void check(std::span<const input::Key<Record>> keys) {
  for (const auto& key : keys) {
    if (!input::is_value(key.info.fallback) || !key.read) continue;
    Record record;
    toml::Report report;
    const auto parsed = toml::parse_toml("v = " + input::text_of(key.info.fallback), "");
    const auto* table = std::get_if<toml::Table>(&parsed);
    ASSERT_TRUE(table) << key.info.name;
    key.read(record, table->front().value, key.info.name, report);
    EXPECT_FALSE(report.has_errors()) << key.info.name;
  }
}

TEST(Defaults, AreValuesOfTheirKeys) {
  check(input::estimator_keys());
  check(input::distributed_training_keys());
  check(input::slurm_keys());
  check(input::run_keys());
  check(input::input_keys());
}

/// The literals of the defaults that only a default looks like, as C++ writes them.
std::vector<std::string> telling_literals() {
  std::vector<std::string> literals;
  for (const auto& key : input::all_keys()) {
    const auto& fallback = key.info.fallback;
    const bool is_word =
        std::holds_alternative<std::string_view>(fallback) && key.info.choices.empty();
    const bool is_size = std::holds_alternative<ByteSize>(fallback);
    const auto text = input::text_of(fallback);
    if ((is_word || is_size) && text.size() > 3) literals.push_back(text);
  }
  return literals;
}

TEST(Defaults, AreWrittenNowhereElseInTheProgram) {
  const auto literals = telling_literals();
  ASSERT_GE(literals.size(), 3u);
  for (const auto& file : fs::recursive_directory_iterator(PROJECT_FOLDER "/submit")) {
    if (!file.is_regular_file() || file.path().filename() == "key_table.cpp") continue;
    const auto text = contents(file.path().string());
    for (const auto& literal : literals) {
      EXPECT_EQ(text.find(literal), std::string::npos) << literal << " in " << file.path();
    }
    // `given ? given->value : true`: what holds otherwise is the row's to say.
    static const std::regex fallback(R"(->value : (true|false|[0-9]+)\b)");
    EXPECT_FALSE(std::regex_search(text, fallback)) << file.path();
  }
}

}  // namespace
}  // namespace chainer::defaults_test
