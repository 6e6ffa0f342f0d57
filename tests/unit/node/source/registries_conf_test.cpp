#include "node/source/registries_conf.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>

namespace chainer::registries_conf_test {
namespace {

namespace fs = std::filesystem;

std::string places(const Result<source::RegistriesConf>& conf, std::string_view reference) {
  if (!conf) return conf.error().what;
  const auto image = ImageRef::parse(reference);
  if (!image) return image.error().what;
  const auto found = conf->places_of(std::get<RegistryRef>(image->source()));
  if (!found) return found.error().what;
  std::string text;
  for (const auto& place : *found) text += (text.empty() ? "" : " ") + place.to_string().substr(9);
  return text;
}

/// Where an image is asked for with files of these texts, read one after the other.
std::string places_with(std::initializer_list<std::string_view> texts, std::string_view reference) {
  source::RegistriesConf conf;
  for (const auto text : texts) {
    if (auto added = conf.add(text); !added) return added.error().what;
  }
  return places(conf, reference);
}

constexpr std::string_view hub = R"(
unqualified-search-registries = ["quay.example"]
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "near.example:5000/hub/"
insecure = true
[[registry.mirror]]
location = "far.example"
)";

const std::string digest = "sha256:" + std::string(64, 'a');

TEST(RegistriesConf, PutsMirrorsBeforeTheRegistryItself) {
  EXPECT_EQ(places_with({hub}, "python:3.11"),
            "near.example:5000/hub/library/python:3.11 far.example/library/python:3.11 "
            "docker.io/library/python:3.11");
  EXPECT_EQ(places_with({hub}, "h.org/a:1"), "h.org/a:1");
  EXPECT_EQ(places_with({}, "h.org/a:1"), "h.org/a:1");
}

TEST(RegistriesConf, TakesTheLongestPrefixThatEndsWhereANameEnds) {
  constexpr std::string_view text =
      "[[registry]]\nprefix = 'h.org'\nlocation = 'all.org'\n"
      "[[registry]]\nprefix = 'h.org/team'\nlocation = 'team.org/x'\n"
      "[[registry]]\nprefix = '*.wild.org'\nlocation = 'tame.org'\n";
  EXPECT_EQ(places_with({text}, "h.org/a:1"), "all.org/a:1");
  EXPECT_EQ(places_with({text}, "h.org/team/a:1"), "team.org/x/a:1");
  EXPECT_EQ(places_with({text}, "h.org/teams/a:1"), "all.org/teams/a:1");
  EXPECT_EQ(places_with({text}, "h.org:5000/a:1"), "h.org:5000/a:1");
  EXPECT_EQ(places_with({text}, "a.b.wild.org/c:1"), "tame.org/c:1");
  EXPECT_EQ(places_with({text}, "wild.org/c:1"), "wild.org/c:1");
}

TEST(RegistriesConf, AsksAMirrorForWhatItIsFor) {
  constexpr std::string_view text =
      "[[registry]]\nlocation = 'h.org'\n"
      "[[registry.mirror]]\nlocation = 'digests.org'\npull-from-mirror = 'digest-only'\n"
      "[[registry.mirror]]\nlocation = 'tags.org'\npull-from-mirror = 'tag-only'\n";
  EXPECT_EQ(places_with({text}, "h.org/a:1"), "tags.org/a:1 h.org/a:1");
  EXPECT_EQ(places_with({text}, "h.org/a@" + digest),
            "digests.org/a@" + digest + " h.org/a@" + digest);
  constexpr std::string_view older =
      "[[registry]]\nlocation = 'h.org'\nmirror-by-digest-only = true\n"
      "[[registry.mirror]]\nlocation = 'digests.org'\n";
  EXPECT_EQ(places_with({older}, "h.org/a:1"), "h.org/a:1");
}

TEST(RegistriesConf, RefusesABlockedRegistry) {
  EXPECT_EQ(places_with({"[[registry]]\nlocation = 'h.org'\nblocked = true\n"}, "h.org/a:1"),
            "the registry h.org is blocked on this machine");
}

TEST(RegistriesConf, ALaterFileReplacesWhatAnEarlierSaidOfTheSamePrefix) {
  EXPECT_EQ(places_with({hub, "[[registry]]\nlocation = 'docker.io'\n"}, "python:3"),
            "docker.io/library/python:3");
}

TEST(RegistriesConf, NamesWhatCannotBeUsed) {
  EXPECT_EQ(places_with({"[[registry]]\nblocked = true\n"}, "a:1"),
            "a [[registry]] has neither a prefix nor a location");
  EXPECT_EQ(places_with({"\n[[registry\n"}, "a:1").substr(0, 8), "line 2: ");
  for (const auto* wrong : {"mirror", "a b.org", "h.org/UPPER", "h.org/\\u001b[2J"}) {
    const auto said = places_with({"[[registry]]\nlocation = 'docker.io'\n[[registry.mirror]]\n"
                                   "location = \"" +
                                   std::string(wrong) + "\"\n"},
                                  "python:3");
    EXPECT_NE(said.find("of a registry is no HOST[:PORT][/PATH]"), said.npos) << said;
    EXPECT_EQ(said.find('\x1b'), said.npos);
  }
  // What is of another kind than podman's says nothing.
  EXPECT_EQ(places_with({"registry = 7\n"}, "h.org/a:1"), "h.org/a:1");
  EXPECT_EQ(places_with({"registry = [7]\n"}, "h.org/a:1"), "h.org/a:1");
}

class FilesOfRegistries : public testing::Test {
 protected:
  FilesOfRegistries() {
    ::unsetenv("CONTAINERS_REGISTRIES_CONF");
    ::setenv("HOME", folder_.c_str(), 1);
  }
  ~FilesOfRegistries() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& location) {
    const auto file = folder_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "[[registry]]\nprefix = \"h.org\"\nlocation = \"" << location << "\"\n";
  }
  static std::string places_now() {
    return places(source::RegistriesConf::of_this_account(), "h.org/a:1");
  }
  static fs::path new_folder() {
    auto path = (fs::path(testing::TempDir()) / "registries.XXXXXX").string();
    return ::mkdtemp(path.data());
  }

  const fs::path folder_ = new_folder();
};

TEST_F(FilesOfRegistries, AreReadInPodmansOrder) {
  EXPECT_EQ(places_now(), "h.org/a:1");
  write(".config/containers/registries.conf", "main.org");
  EXPECT_EQ(places_now(), "main.org/a:1");
  write(".config/containers/registries.conf.d/10-first.conf", "first.org");
  write(".config/containers/registries.conf.d/20-last.conf", "last.org");
  write(".config/containers/registries.conf.d/30-none.txt", "none.org");
  EXPECT_EQ(places_now(), "last.org/a:1");
  write("alone.conf", "alone.org");
  ::setenv("CONTAINERS_REGISTRIES_CONF", (folder_ / "alone.conf").c_str(), 1);
  EXPECT_EQ(places_now(), "alone.org/a:1");
}

TEST_F(FilesOfRegistries, AreNamedWhereTheyCannotBeRead) {
  const auto file = folder_ / ".config/containers/registries.conf";
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "[[";
  EXPECT_EQ(places_now().find("cannot use " + file.string() + ": line 1: "), 0);
}

}  // namespace
}  // namespace chainer::registries_conf_test
