#include "submit/cli/manual.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "submit/cli/command_help.hpp"
#include "submit/cli/json_text.hpp"
#include "submit/input/estimator.hpp"
#include "submit/run/process.hpp"
#include "temporary_folder.hpp"

namespace chainer {
namespace {

const std::string docs = PROJECT_FOLDER "/docs/";

void expect_checked_in(const std::string& path, const std::string& text) {
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(docs + path) << text;
  EXPECT_EQ(contents(docs + path), text);
}

TEST(Manual, PagesAreTheOnesThatAreCheckedIn) {
  expect_checked_in("man/chainer-submit.1", cli::command_manual());
  expect_checked_in("man/chainer-estimator.5", cli::estimator_manual());
}

TEST(Manual, SchemaIsTheOneThatIsCheckedIn) {
  expect_checked_in("estimator.schema.json", cli::estimator_schema());
}

TEST(Manual, NamesEveryCommandOptionAndKey) {
  const auto page = cli::command_manual();
  for (const auto& command : cli::describe_commands()) {
    EXPECT_NE(page.find(".SS \"" + command.name + "\""), std::string::npos) << command.name;
    EXPECT_FALSE(command.sentence.empty());
    for (const auto& option : command.options) EXPECT_FALSE(option.sentence.empty());
  }
  const auto keys = cli::estimator_manual();
  for (const auto& key : input::all_keys()) {
    EXPECT_NE(keys.find(".B \"" + key.full_name() + "\""), std::string::npos) << key.full_name();
  }
}

/// groff says what is wrong with a page on standard error, and shows the text without markup.
run::Finished shown(const std::string& page) {
  run::RealProcessRunner processes;
  const auto finished =
      processes.run({"groff", "-man", "-ww", "-Tutf8", "-P-cbou", docs + "man/" + page},
                    {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"});
  return finished ? *finished : run::Finished{};
}

TEST(Manual, IsShownByGroffWithoutAComplaint) {
  for (const auto* page : {"chainer-submit.1", "chainer-estimator.5"}) {
    const auto finished = shown(page);
    ASSERT_EQ(finished.code, 0) << finished.err;
    EXPECT_EQ(finished.err, "") << page;
  }
  const auto text = shown("chainer-submit.1").out;
  EXPECT_NE(text.find("script_params.--lr=0.1"), std::string::npos) << text;
  EXPECT_NE(shown("chainer-estimator.5").out.find("Run.get_context().log(\u2026)"),
            std::string::npos);
}

TEST(Manual, ShowsAnEstimatorThatReads) {
  const auto parsed = toml::parse_toml(cli::example_estimator, "train.toml");
  const auto* document = std::get_if<toml::Table>(&parsed);
  ASSERT_TRUE(document);
  toml::Report report;
  input::read_estimator(*document, "train.toml", report);
  EXPECT_TRUE(report.sorted().empty());
}

}  // namespace
}  // namespace chainer
