// What every key says of a value of each type that TOML has, whole texts in two golden files.
// UPDATE_GOLDEN=1 writes them again.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "submit/input/environment_definition.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/site.hpp"
#include "submit/input/site_keys.hpp"
#include "temporary_folder.hpp"

namespace chainer::key_types_test {
namespace {

constexpr std::string_view values[] = {
    "\"text\"",   "\"\"", "\"a\\u0000b\"",  "7",        "-1", "9223372036854775807", "1.5", "true",
    "1979-05-27", "[1]",  "[\"a\\u0000\"]", "{ a = 1 }"};

/// Where the key stands: "slurm.mem = VALUE", with a name of ours for the tables that a site names.
std::string line_of(const input::ListedKey& key, std::string_view value) {
  auto section = std::string(key.section);
  if (section == "inputs")
    return "inputs = [{ " + std::string(key.info.name) + " = " + std::string(value) + " }]";
  if (const auto at = section.find(input::any_name); at != std::string::npos)
    section.replace(at, input::any_name.size(), "x");
  return (section.empty() ? "" : section + ".") + std::string(key.info.name) + " = " +
         std::string(value);
}

/// The findings about the value itself, not about what misses beside it.
std::string findings_at_value(const toml::Report& report) {
  std::string text;
  for (const auto& finding : report.sorted()) {
    if (finding.at.column <= 1 || finding.message.ends_with(" is missing")) continue;
    text += (text.empty() ? "" : "; ") + finding.message;
    if (!finding.hint.empty()) text += " | " + finding.hint;
  }
  return text;
}

template <typename Read>
std::string all_findings(const std::vector<input::ListedKey>& keys, Read read) {
  std::string text;
  for (const auto& key : keys) {
    bool is_ever_refused = false;
    text += key.full_name() + "\n";
    for (const auto value : values) {
      const auto line = line_of(key, value);
      const auto parsed = toml::parse_toml(line, "file.toml");
      const auto* document = std::get_if<toml::Table>(&parsed);
      EXPECT_TRUE(document) << line;
      if (!document) continue;
      toml::Report report;
      read(*document, report);
      const auto findings = findings_at_value(report);
      is_ever_refused |= !findings.empty();
      text += fmt::format("  {:<19}  {}\n", value, findings.empty() ? "taken" : findings);
    }
    EXPECT_TRUE(is_ever_refused) << key.full_name();
  }
  return text;
}

void compare(const std::string& name, const std::string& text) {
  const auto path = std::string(PROJECT_FOLDER) + "/tests/golden/" + name;
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path) << text;
  const auto expected = contents(path);
  if (expected == text) return;
  const auto old_end = std::ranges::mismatch(expected, text).in1;
  const auto from = expected.rfind('\n', static_cast<std::size_t>(old_end - expected.begin()) - 1);
  ADD_FAILURE() << path << " differs (UPDATE_GOLDEN=1 writes it again), first at\n"
                << expected.substr(from + 1, 200) << "\n--- got\n"
                << text.substr(from + 1, 200);
}

TEST(KeyTypes, OfTheEstimatorSayWhatTheyExpect) {
  compare("types_of_the_estimator.txt",
          all_findings(input::all_keys(), [](const toml::Table& document, toml::Report& report) {
            input::read_estimator(document, "file.toml", report);
          }));
}

TEST(KeyTypes, OfTheSiteFileSayWhatTheyExpect) {
  compare(
      "types_of_the_site_file.txt",
      all_findings(input::all_site_keys(), [](const toml::Table& document, toml::Report& report) {
        input::read_site(document, "file.toml", report);
      }));
}

}  // namespace
}  // namespace chainer::key_types_test
