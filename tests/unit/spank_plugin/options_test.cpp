#include "spank_plugin/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace chainer::options_test {
namespace {

using testing::ElementsAre;
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

TEST(APath, ThatAShellShouldHaveReadIsRefusedInWords) {
  const std::pair<Option, std::string> examples[] = {
      {Option::image, ""}, {Option::image, "oci:"},   {Option::image, "dir:"},
      {Option::mount, ""}, {Option::mount, "/a:/b,"}, {Option::workdir, ""},
      {Option::env, ""},   {Option::auth, ""},        {Option::save, ""}};
  for (const auto& [option, before] : examples) {
    const auto& spec = option_specs[static_cast<std::size_t>(option)];
    const std::string after = option == Option::mount ? ":/c" : "";
    for (const std::string path : {"~/a", "$HOME/a"}) {
      const auto checked = check_option(spec, before + path + after);
      ASSERT_FALSE(checked) << spec.name << before;
      EXPECT_NE(checked.error().what.find("' begins with "), std::string::npos) << spec.name;
      if (option == Option::workdir) continue;
      EXPECT_TRUE(check_option(spec, before + "./" + path + after)) << spec.name << before;
    }
  }
  const auto& spec = option_specs[static_cast<std::size_t>(Option::save)];
  EXPECT_EQ(check_option(spec, "~/a").error().what,
            "'~/a' begins with ~, which no shell replaces behind '=' or in an #SBATCH line");
  EXPECT_EQ(check_option(spec, "$A/b").error().what,
            "'$A/b' begins with a variable, which no shell replaces between single quotes or in an "
            "#SBATCH line");
  EXPECT_EQ(check_option(spec, "$A/b").error().hint,
            "write the path out, from / on; a file of that name is ./$A/b");
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
      {Option::runtime, "apptainer", true},
      {Option::runtime, "docker", false},
      {Option::runtime, "Native", false},
      {Option::mount, "none", true},
      {Option::image, "none", true},
      {Option::keep, "none", true},
      {Option::workdir, "/a\nb", false},
      {Option::env, "a\x1b[2J", false},
      {Option::writable, "1", true},
      {Option::writable, "", true},
      {Option::writable, "(null)", true},
      {Option::writable, "no", true},
      {Option::writable, "none", false},
      {Option::writable, "perhaps", false},
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
      {Option::layer, "work-1.2_x", true},
      {Option::layer, "none", true},
      {Option::layer, "", false},
      {Option::layer, ".work", false},
      {Option::layer, "../1/work", false},
  };
  for (const auto& example : examples) {
    const auto& spec = option_specs[static_cast<std::size_t>(example.option)];
    const auto checked = check_option(spec, example.value);
    EXPECT_EQ(checked.has_value(), example.good) << spec.name << "=" << example.value;
    if (!checked) {
      EXPECT_EQ(checked.error().fault, Fault::user) << spec.name;
    }
  }
}

TEST(TheOptionTable, BoundsWhatAnybodyMayForge) {
  const auto& mount = option_specs[static_cast<std::size_t>(Option::mount)];
  std::string many, most;
  for (int i = 0; i < 400'000; ++i) many += "/a:/" + std::to_string(i) + "\n";
  for (int i = 0; i < 256; ++i) most += "/a:/" + std::to_string(i) + "\n";
  EXPECT_FALSE(check_option(mount, many));
  EXPECT_TRUE(check_option(mount, most));
  EXPECT_FALSE(check_option(mount, most + "/a:/b"));

  RawOptions options;
  options.give(Option::mount, many);
  EXPECT_FALSE(check_option(mount, options.text_of(Option::mount)));
  EXPECT_LT(options.mounts().size(), 300u);
}

RawOptions given(std::initializer_list<std::pair<Option, const char*>> values,
                 Origin origin = Origin::command) {
  RawOptions options;
  for (const auto& [option, value] : values) options.give(option, value, origin);
  return options;
}

TEST(GivenOptions, KeepTheLastOfTwo) {
  const auto options = given({{Option::image, "first"}, {Option::image, "own"}});
  EXPECT_EQ(options.value_of(Option::image), "own");
}

TEST(GivenOptions, WinOverDefaults) {
  auto options = given({{Option::image, "own"}, {Option::mount, "/own:/own"}});
  options.add_defaults(
      given({{Option::image, "variable"}, {Option::env, "file"}, {Option::mount, "/a:/b"}},
            Origin::variable));
  EXPECT_EQ(options.value_of(Option::image), "own");
  EXPECT_EQ(options.value_of(Option::env), "file");
  EXPECT_EQ(options.origin_of(Option::env), Origin::variable);
  EXPECT_THAT(options.mounts(), ElementsAre("/own:/own"));
}

TEST(GivenOptions, TakeDefaultsBack) {
  auto options =
      given({{Option::image, "none"}, {Option::mount, "none"}, {Option::writable, "no"}});
  EXPECT_FALSE(options.is_empty());
  options.add_defaults(given({{Option::image, "debian"},
                              {Option::mount, "/a:/b"},
                              {Option::writable, "yes"},
                              {Option::off, "yes"}}));
  EXPECT_FALSE(options.has(Option::image));
  EXPECT_EQ(options.value_of(Option::image), std::nullopt);
  EXPECT_FALSE(options.has(Option::writable));
  EXPECT_TRUE(options.mounts().empty());
  EXPECT_TRUE(options.has(Option::off));
}

TEST(AFlag, IsSaidInEachWayThatSlurmHas) {
  for (const auto* yes : {"", "(null)", "1", "yes"})
    EXPECT_TRUE(given({{Option::writable, yes}}).has(Option::writable)) << yes;
  for (const auto* no : {"0", "no"})
    EXPECT_FALSE(given({{Option::writable, no}}).has(Option::writable)) << no;
}

TEST(Variables, AreDefaultsUnlessEmpty) {
  const auto options = RawOptions::of_variables(
      lookup_in({{"CHAINER_SUBMIT_IMAGE", ""}, {"CHAINER_SUBMIT_WRITABLE", "1"}}));
  EXPECT_FALSE(options.is_given(Option::image));
  EXPECT_TRUE(options.has(Option::writable));
  EXPECT_EQ(options.origin_of(Option::writable), Origin::variable);
}

TEST(Mounts, AddUpInTheOrderGiven) {
  const auto options = given(
      {{Option::mount, "/a:/1"}, {Option::mount, "/b:/2\n\n/c:/3"}, {Option::mount, "/a:/1"}});
  EXPECT_THAT(options.mounts(), ElementsAre("/a:/1", "/b:/2", "/c:/3"));
}

TEST(Mounts, StartAnewOnceTakenBack) {
  const auto options =
      given({{Option::mount, "/a:/1"}, {Option::mount, "none"}, {Option::mount, "/b:/2"}});
  EXPECT_THAT(options.mounts(), ElementsAre("/b:/2"));
}

TEST(AListOfMounts, HasAnEnd) {
  std::string lines, commas;
  for (int i = 0; i < 257; ++i) {
    lines += "/s" + std::to_string(i) + ":/d\n";
    commas += (i == 0 ? "/s" : ",/s") + std::to_string(i) + ":/d";
  }
  const auto& spec = option_specs[static_cast<std::size_t>(Option::mount)];
  for (const auto& list : {lines, commas})
    EXPECT_EQ(check_option(spec, list).error().what, "a step has at most 256 mounts");
  EXPECT_EQ(check_option(spec, "/" + std::string(70'000, 's') + ":/d").error().what,
            "the value has 70004 bytes, and 65536 is the most");
  EXPECT_EQ(check_number_of_mounts(257).error().fault, Fault::user);
  EXPECT_TRUE(check_number_of_mounts(256));
}

TEST(AListOfMounts, ThatIsTooLongCostsNothing) {
  std::string lines;
  for (int i = 0; i < 400'000; ++i) lines += "/s" + std::to_string(i) + ":/d\n";
  const auto options = RawOptions::of_variables([&](const std::string& name) {
    return name == "CHAINER_SUBMIT_MOUNT" ? std::optional(lines) : std::nullopt;
  });
  EXPECT_LE(options.mounts().size(), 257u);
}

}  // namespace
}  // namespace chainer::options_test
