#include "spank_plugin/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace chainer {
namespace {

using ::testing::ElementsAre;
using Variables = std::map<std::string, std::string>;

auto lookup_in(const Variables& variables) {
  return [&variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(TheOptionTable, HoldsEachOptionInItsPlace) {
  for (std::size_t i = 0; i < option_specs.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(option_specs[i].option), i) << option_specs[i].name;
  }
}

TEST(TheOptionTable, HasACheckAHelpAndAVariableForEach) {
  std::set<std::string> names;
  for (const auto& spec : option_specs) {
    const std::string name = spec.name;
    EXPECT_TRUE(name.starts_with("chainer-")) << name;
    EXPECT_TRUE(names.insert(name).second) << name << " comes twice";
    EXPECT_NE(spec.check, nullptr) << name;
    EXPECT_GT(std::string(spec.help).size(), 20u) << name;

    std::string variable = "CHAINER_SUBMIT_";
    for (const char c : name.substr(8))
      variable += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
    EXPECT_EQ(spec.variable, variable);
  }
}

struct Example {
  Option option;
  const char* value;
  bool good;
};

TEST(TheOptionTable, ChecksTheSyntaxOfEach) {
  const Example examples[] = {
      {Option::image, "debian:12", true},
      {Option::image, "oci:/images/base:tag", true},
      {Option::image, "::", false},
      {Option::image, "", false},
      {Option::env, "requirements.txt", true},
      {Option::env, "", false},
      {Option::shm_size, "512m", true},
      {Option::shm_size, "plenty", false},
      {Option::shm_size, "", false},
      {Option::mount, "/a:/b\n/c:/d:ro", true},
      {Option::mount, "/a:/b\nbroken", false},
      {Option::workdir, "/work", true},
      {Option::workdir, "work", false},
      {Option::runtime, "native", true},
      {Option::runtime, "podman", false},
      {Option::runtime, "Native", false},
      {Option::writable, "1", true},
      {Option::keep, "HOME,_x9", true},
      {Option::keep, "A,,B", false},
      {Option::keep, "9A", false},
      {Option::keep, "A=1", false},
      {Option::keep, "", false},
      {Option::auth, "auth.json", true},
      {Option::auth, "", false},
      {Option::batch, "1", true},
      {Option::prepare, "1", true},
      {Option::off, "1", true},
  };
  for (const auto& example : examples) {
    const auto& spec = option_specs[static_cast<std::size_t>(example.option)];
    const auto checked = spec.check(example.value);
    EXPECT_EQ(checked.has_value(), example.good) << spec.name << "=" << example.value;
    if (!checked) {
      EXPECT_EQ(checked.error().fault, Fault::user) << spec.name;
    }
  }
}

TEST(GivenOptions, KeepTheLastOfTwo) {
  RawOptions options;
  options.set(Option::image, "inherited");
  options.set(Option::image, "own");
  EXPECT_EQ(options.value_of(Option::image), "own");
}

TEST(GivenOptions, WinOverVariables) {
  RawOptions options;
  options.set(Option::image, "own");
  options.fill_from_environment(
      lookup_in({{"CHAINER_SUBMIT_IMAGE", "variable"}, {"CHAINER_SUBMIT_ENV", "file"}}));
  EXPECT_EQ(options.value_of(Option::image), "own");
  EXPECT_EQ(options.value_of(Option::env), "file");
}

TEST(GivenOptions, TakeAnEmptyVariableForNone) {
  RawOptions options;
  options.fill_from_environment(lookup_in({{"CHAINER_SUBMIT_IMAGE", ""}}));
  EXPECT_FALSE(options.has(Option::image));
}

TEST(GivenOptions, TakeAFlagsVariableOf0OrNoForNone) {
  RawOptions options;
  options.fill_from_environment(lookup_in({{"CHAINER_SUBMIT_OFF", "0"},
                                           {"CHAINER_SUBMIT_BATCH", "no"},
                                           {"CHAINER_SUBMIT_WRITABLE", "1"}}));
  EXPECT_FALSE(options.has(Option::off));
  EXPECT_FALSE(options.has(Option::batch));
  EXPECT_TRUE(options.has(Option::writable));
}

TEST(Mounts, AddUpInTheOrderGiven) {
  RawOptions options;
  options.set(Option::mount, "/a:/1");
  options.set(Option::mount, "/b:/2");
  options.set(Option::mount, "/a:/1");
  EXPECT_THAT(options.mounts(), ElementsAre("/a:/1", "/b:/2"));
}

TEST(Mounts, OfAVariableComeFirst) {
  RawOptions options;
  options.set(Option::mount, "/own:/a/b");
  options.fill_from_environment(lookup_in({{"CHAINER_SUBMIT_MOUNT", "/outer:/a\n/own:/a/b\n\n"}}));
  EXPECT_THAT(options.mounts(), ElementsAre("/outer:/a", "/own:/a/b"));
}

TEST(AListOfMounts, HasAnEnd) {
  std::string lines;
  for (int i = 0; i < 257; ++i) lines += "/s" + std::to_string(i) + ":/d\n";
  const auto& spec = option_specs[static_cast<std::size_t>(Option::mount)];
  EXPECT_EQ(spec.check(lines).error().what, "more than 256 mounts");
  EXPECT_EQ(spec.check("/" + std::string(70'000, 's') + ":/d").error().what,
            "the mounts are more than 65536 bytes long");
  EXPECT_EQ(check_number_of_mounts(257).error().fault, Fault::user);
  EXPECT_TRUE(check_number_of_mounts(256));
}

TEST(AListOfMounts, ThatIsTooLongCostsNothing) {
  std::string lines;
  for (int i = 0; i < 400'000; ++i) lines += "/s" + std::to_string(i) + ":/d\n";
  RawOptions options;
  options.fill_from_environment([&](const std::string& name) {
    return name == "CHAINER_SUBMIT_MOUNT" ? std::optional(lines) : std::nullopt;
  });
  EXPECT_EQ(options.mounts().size(), 0u);
  EXPECT_EQ(options.value_of(Option::mount), lines);
}

}  // namespace
}  // namespace chainer
