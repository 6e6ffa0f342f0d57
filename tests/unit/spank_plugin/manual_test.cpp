#include "spank_plugin/manual.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/environment_files.hpp"
#include "core/manual_page.hpp"
#include "core/plugin_conf.hpp"
#include "spank_plugin/options.hpp"

namespace chainer::manual_test {
namespace {

void expect_page(const std::string& name, const std::string& text) {
  const auto path = PROJECT_FOLDER "/docs/man/" + name;
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path) << text;
  std::ostringstream kept;
  kept << std::ifstream(path).rdbuf();
  EXPECT_EQ(kept.str(), text);
}

TEST(ThePluginsManual, IsTheOneThatIsCheckedIn) {
  expect_page("spank_chainer.8", plugin_manual());
  expect_page("chainer-plugin.conf.5", plugin_conf_manual());
}

TEST(ThePluginsManual, NamesEveryOptionVariableFileAndKey) {
  const auto page = plugin_manual();
  for (const auto& spec : option_specs) {
    EXPECT_NE(page.find(roff("--" + std::string(spec.name)) + "\""), std::string::npos)
        << spec.name;
    EXPECT_NE(page.find("Variable: " + std::string(spec.variable) + "."), std::string::npos);
  }
  for (const auto& file : files_beside_environment)
    EXPECT_NE(page.find(roff("FILE" + std::string(file.suffix))), std::string::npos) << file.suffix;
  const auto conf = plugin_conf_manual();
  for (const auto& key : plugin_conf_keys())
    EXPECT_NE(conf.find(".BI \"" + std::string(key.name) + "\""), std::string::npos) << key.name;
}

TEST(ThePluginsManual, ShowsAPluginConfThatReads) {
  const auto page = plugin_conf_manual();
  const auto begin = page.find(".EX\n") + 4;
  auto example = page.substr(begin, page.find(".EE\n") - begin);
  for (std::size_t at = 0; (at = example.find("\\-", at)) != std::string::npos;)
    example.erase(at, 1);
  const auto conf = parse_plugin_conf(example, "plugin.conf");
  ASSERT_TRUE(conf) << conf.error().what;
  EXPECT_EQ(conf->store_quota.to_string(), "500g");
}

}  // namespace
}  // namespace chainer::manual_test
