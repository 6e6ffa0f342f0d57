#include "submit/cli/manual.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/manual_page.hpp"
#include "submit/cli/command_line.hpp"
#include "submit/cli/json_text.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/site_keys.hpp"
#include "temporary_folder.hpp"

namespace chainer::manual_test {
namespace {

const std::string docs = PROJECT_FOLDER "/docs/";

void expect_checked_in(const std::string& path, const std::string& text) {
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(docs + path) << text;
  EXPECT_EQ(contents(docs + path), text);
}

TEST(Manual, PagesAreTheOnesThatAreCheckedIn) {
  expect_checked_in("man/chainer-submit.1", cli::command_manual());
  expect_checked_in("man/chainer-estimator.5", cli::estimator_manual());
  expect_checked_in("man/chainer-site.5", cli::site_manual());
}

TEST(Manual, SchemaIsTheOneThatIsCheckedIn) {
  expect_checked_in("estimator.schema.json", cli::estimator_schema());
}

TEST(Manual, NamesEveryCommandOptionAndKey) {
  const auto page = cli::command_manual();
  for (const auto& command : cli::describe_commands()) {
    EXPECT_NE(page.find(".SS \"" + roff(command.name) + "\""), std::string::npos) << command.name;
    EXPECT_FALSE(command.sentence.empty());
    for (const auto& option : command.options) EXPECT_FALSE(option.sentence.empty());
  }
  const auto keys = cli::estimator_manual();
  for (const auto& key : input::all_keys()) {
    EXPECT_NE(keys.find(".B \"" + roff(key.full_name()) + "\""), std::string::npos)
        << key.full_name();
  }
  const auto site = cli::site_manual();
  for (const auto& key : input::all_site_keys()) {
    EXPECT_NE(site.find(".B \"" + roff(key.full_name()) + "\""), std::string::npos)
        << key.full_name();
  }
}

}  // namespace
}  // namespace chainer::manual_test
