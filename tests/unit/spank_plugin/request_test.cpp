#include "spank_plugin/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer::request_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string hex(64, 'a');

RawOptions with(std::initializer_list<std::pair<Option, const char*>> values) {
  RawOptions options;
  for (const auto& [option, value] : values) options.give(option, value);
  return options;
}

Result<Request> request_of(const RawOptions& options) {
  return make_request(options, PluginConf{});
}

std::string refusal_of(const RawOptions& options) {
  const auto request = request_of(options);
  return request ? "accepted" : request.error().what;
}

TEST(TheOptions, AskForSomethingWithAnImageOrASize) {
  for (const auto option : {Option::image, Option::shm_size}) {
    EXPECT_TRUE(asks_for_something(with({{option, "x"}})));
    EXPECT_FALSE(asks_for_something(with({{option, "x"}, {Option::off, "1"}})));
  }
  EXPECT_FALSE(asks_for_something({}));
  EXPECT_FALSE(asks_for_something(
      with({{Option::env, "lock"}, {Option::mount, "/a:/b"}, {Option::batch, "1"}})));
}

TEST(TheOptions, ConcernTheNodeWhenTheyAskOrAreWrong) {
  EXPECT_TRUE(concern_the_node(with({{Option::shm_size, "1m"}})));
  EXPECT_TRUE(concern_the_node(with({{Option::workdir, "relative"}})));
  EXPECT_FALSE(concern_the_node(with({{Option::workdir, "/w"}})));
  EXPECT_FALSE(concern_the_node(with({{Option::workdir, "relative"}, {Option::off, "1"}})));
  EXPECT_FALSE(concern_the_node({}));
}

std::vector<std::string> idle_in(const RawOptions& options, Origin origin = Origin::command) {
  std::vector<std::string> names;
  for (const auto* spec : idle_options(options, origin)) names.emplace_back(spec->name);
  return names;
}

TEST(AnIdleOption, IsOneThatNeedsAnImageWhereThereIsNone) {
  EXPECT_THAT(idle_in(with({{Option::workdir, "/w"}, {Option::env, "lock"}})),
              ElementsAre("chainer-env", "chainer-workdir"));
  EXPECT_THAT(idle_in(with({{Option::workdir, "/w"}, {Option::shm_size, "1m"}})),
              ElementsAre("chainer-workdir"));
  EXPECT_THAT(idle_in(with({{Option::workdir, "/w"}, {Option::image, "debian"}})), ElementsAre());
  EXPECT_THAT(idle_in(with({{Option::workdir, "/w"}, {Option::off, "1"}})), ElementsAre());
}

TEST(AnIdleOption, ForTheScriptNeedsAnImageOrASize) {
  EXPECT_THAT(idle_in(with({{Option::batch, "1"}})), ElementsAre("chainer-batch"));
  EXPECT_THAT(idle_in(with({{Option::batch, "1"}, {Option::shm_size, "1m"}})), ElementsAre());
}

TEST(AnIdleOption, IsOfTheOneWhoGaveIt) {
  RawOptions options;
  options.give(Option::workdir, "/w", Origin::job);
  options.give(Option::keep, "A");
  EXPECT_THAT(idle_in(options, Origin::job), ElementsAre("chainer-workdir"));
  EXPECT_THAT(idle_in(options, Origin::command), ElementsAre("chainer-keep"));
  EXPECT_THAT(idle_in(options, Origin::variable), ElementsAre());
}

TEST(ARequest, HoldsWhatWasAskedFor) {
  const auto request = request_of(with({{Option::image, "debian:12"},
                                        {Option::env, "lock"},
                                        {Option::shm_size, "3m"},
                                        {Option::mount, "/a:/b"},
                                        {Option::mount, "/c:/d:ro"},
                                        {Option::workdir, "/w"},
                                        {Option::writable, "1"},
                                        {Option::keep, "A,B"},
                                        {Option::auth, "file"}}));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->image->reference.text(), "debian:12");
  EXPECT_FALSE(request->image->digest);
  EXPECT_EQ(request->image->auth_file, "file");
  EXPECT_EQ(request->env_file, "lock");
  EXPECT_EQ(request->shm_size.bytes(), 3u << 20);
  ASSERT_EQ(request->mounts.size(), 2u);
  EXPECT_EQ(request->mounts[1].access, Access::read_only);
  EXPECT_EQ(request->workdir, "/w");
  EXPECT_TRUE(request->writable);
  EXPECT_THAT(request->keep, ElementsAre("A", "B"));
  EXPECT_EQ(request->placement, Placement::in_container);
}

TEST(ARequest, TakesTheSitesSizeWhenItNamesNone) {
  EXPECT_EQ(request_of(with({{Option::image, "debian"}}))->shm_size.bytes(),
            PluginConf{}.default_shm_size.bytes());
}

TEST(ARequest, ShowsTheHomeThatItOrElseTheSiteSays) {
  const auto home = [](const char* said, bool bind_home) {
    auto options = with({{Option::image, "debian"}});
    if (said != nullptr) options.give(Option::home, said);
    PluginConf conf;
    conf.bind_home = bind_home;
    return make_request(options, conf)->home;
  };
  EXPECT_EQ(home(nullptr, true), Home::of_account);
  EXPECT_EQ(home("no", true), Home::empty);
  EXPECT_EQ(home(nullptr, false), Home::empty);
  EXPECT_EQ(home("", false), Home::of_account);
}

TEST(ARequest, ToEnterAStepTakesNothingThatMakesAContainer) {
  const auto request = request_of(with({{Option::attach, "12.3"},
                                        {Option::image, "debian"},
                                        {Option::shm_size, "1m"},
                                        {Option::workdir, "/w"},
                                        {Option::keep, "A"}}));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->attach->job, 12U);
  EXPECT_EQ(request->attach->step, 3U);
  EXPECT_FALSE(request->image);
  EXPECT_EQ(request->workdir, "/w");
  EXPECT_THAT(request->keep, ElementsAre("A"));
  EXPECT_TRUE(asks_for_something(with({{Option::attach, ""}})));
}

TEST(AnOptionBesideAttach, IsNamedWhereTheCommandGivesItAndItMakesAContainer) {
  const auto named = [](RawOptions options) {
    options.give(Option::attach, "");
    const auto* spec = made_by_another_step(options);
    return std::string(spec != nullptr ? spec->name : "none");
  };
  EXPECT_EQ(named(with({{Option::writable, "yes"}})), "chainer-writable");
  EXPECT_EQ(named(with({{Option::workdir, "/w"}, {Option::keep, "A"}})), "none");
  EXPECT_EQ(named(with({{Option::image, "none"}})), "none");
  EXPECT_EQ(named(with({{Option::image, "debian"}, {Option::off, ""}})), "none");
  RawOptions of_job;
  of_job.give(Option::image, "debian", Origin::job);
  EXPECT_EQ(named(of_job), "none");
}

TEST(ARequest, ToBeRootMakesTheContainerWritable) {
  const auto request = request_of(with({{Option::image, "debian"}, {Option::root, ""}}));
  EXPECT_TRUE(request->root);
  EXPECT_TRUE(request->writable);
  EXPECT_FALSE(request_of(with({{Option::image, "debian"}, {Option::writable, ""}}))->root);
}

TEST(ARequest, ThatPreparesStaysOnTheHost) {
  EXPECT_EQ(request_of(with({{Option::image, "debian"}, {Option::prepare, "1"}}))->placement,
            Placement::on_host);
}

PluginConf allowing(const char* runtimes) {
  PluginConf conf;
  conf.runtimes = *parse_runtimes(runtimes);
  return conf;
}

TEST(ARuntime, IsNativeUnlessAnotherIsAskedForAndAllowed) {
  EXPECT_EQ(request_of(with({{Option::image, "debian"}}))->runtime, Runtime::native);
  const auto options = with({{Option::image, "debian"}, {Option::runtime, "apptainer"}});
  EXPECT_EQ(make_request(options, allowing("native, apptainer"))->runtime, Runtime::apptainer);
}

TEST(ARuntime, ThatTheSiteDoesNotAllowIsRefused) {
  const auto options = with({{Option::image, "debian"}, {Option::runtime, "apptainer"}});
  EXPECT_EQ(refusal_of(options),
            "--chainer-runtime: this site does not allow apptainer, but native");
  const auto native = make_request(with({{Option::image, "debian"}}), allowing("singularity"));
  ASSERT_FALSE(native);
  EXPECT_EQ(native.error().what,
            "--chainer-runtime: this site does not allow native, but singularity");
}

TEST(ARuntime, IsRefusedWhatItCannotDo) {
  for (const auto option : {Option::writable, Option::root}) {
    auto options = with({{Option::image, "debian"}, {Option::runtime, "apptainer"}});
    options.give(option, "yes");
    const auto fits = check_runtime_fits(options, allowing("apptainer"));
    ASSERT_FALSE(fits);
    EXPECT_EQ(fits.error().what, std::string("--") +
                                     option_specs[static_cast<std::size_t>(option)].name +
                                     ": apptainer cannot do that");
    options.give(option, "no");
    EXPECT_TRUE(check_runtime_fits(options, allowing("apptainer")));
  }
}

TEST(ARuntime, OfAnotherKindHasNoLayer) {
  const auto options =
      with({{Option::image, "debian"}, {Option::runtime, "apptainer"}, {Option::layer, "work"}});
  const auto fits = check_runtime_fits(options, allowing("apptainer"));
  ASSERT_FALSE(fits);
  EXPECT_EQ(fits.error().what, "--chainer-layer: apptainer cannot do that");
}

PluginConf with_layers() {
  PluginConf conf;
  conf.layer_size = ByteSize::from_bytes(1024);
  return conf;
}

TEST(ALayer, IsWrittenInto) {
  const auto options = with({{Option::image, "debian"}, {Option::layer, "work"}});
  const auto request = make_request(options, with_layers());
  ASSERT_TRUE(request) << request.error().what;
  EXPECT_EQ(request->layer, "work");
  EXPECT_TRUE(request->writable);
}

TEST(ALayer, IsRefusedWhereTheSiteHasNone) {
  const auto options = with({{Option::image, "debian"}, {Option::layer, "work"}});
  const auto request = request_of(options);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().what, "--chainer-layer: this site does not offer layers");
  EXPECT_EQ(request.error().hint,
            "leave it out, or ask an administrator to set 'layer_size' in plugin.conf");
}

TEST(ALayer, IsRefusedWhereNothingMayBeWritten) {
  for (const auto& [option, value] :
       {std::pair(Option::writable, "no"), std::pair(Option::readonly, "yes")}) {
    const auto options =
        with({{Option::image, "debian"}, {Option::layer, "work"}, {option, value}});
    const auto request = make_request(options, with_layers());
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().what,
              "--chainer-layer: the container would be writable, which --chainer-readonly or "
              "--chainer-writable=no forbids");
    EXPECT_FALSE(check_layer_is_written(options));
  }
}

TEST(ALayer, IsRefusedUnderAForgedName) {
  for (const char* name : {"..", "../x", "a/b", ".a", "a b"}) {
    const auto request =
        make_request(with({{Option::image, "debian"}, {Option::layer, name}}), with_layers());
    ASSERT_FALSE(request) << name;
    EXPECT_EQ(request.error().what,
              "--chainer-layer: '" + std::string(name) + "' is not the name of a layer");
  }
}

TEST(ALayer, DoesNotMatterWhereNoContainerIsMade) {
  EXPECT_TRUE(request_of(with({{Option::layer, "work"}, {Option::shm_size, "1m"}})));
  EXPECT_TRUE(request_of(with({{Option::layer, "work"}, {Option::attach, "0"}})));
  EXPECT_TRUE(check_site_has_layers(
      with({{Option::image, "debian"}, {Option::layer, "work"}, {Option::off, "yes"}}),
      PluginConf{}));
}

TEST(ARuntime, DoesNotMatterWhereNoContainerIsMade) {
  const auto runtime = with({{Option::runtime, "apptainer"}, {Option::shm_size, "1m"}});
  EXPECT_TRUE(check_runtime_fits(runtime, PluginConf{}));
  EXPECT_EQ(request_of(runtime)->runtime, Runtime::native);
  EXPECT_TRUE(request_of(with({{Option::runtime, "apptainer"}, {Option::attach, "0"}})));
}

TEST(TheDigest, IsThatOfAPinnedReference) {
  const auto reference = "debian@sha256:" + hex;
  EXPECT_EQ(request_of(with({{Option::image, reference.c_str()}}))->image->digest->hex(), hex);
}

TEST(TheDigest, IsWhatSrunResolved) {
  auto options = with({{Option::image, "debian:12"}});
  EXPECT_FALSE(request_of(options)->image->digest);
  options.set_resolved("sha256:" + hex);
  EXPECT_EQ(request_of(options)->image->digest->hex(), hex);
  for (const auto& forged : {std::string("sha256:short"), hex + "\n", std::string("debian")}) {
    options.set_resolved(forged);
    EXPECT_FALSE(request_of(options)->image->digest) << forged;
  }
}

TEST(TheDigest, ThatSrunAskedForInVainEndsTheTasksWithoutAnotherWord) {
  auto options = with({{Option::image, "debian:12"}});
  options.set_resolved(not_resolved);
  const auto request = make_request(options, {});
  ASSERT_FALSE(request);
  EXPECT_TRUE(request.error().is_told);
}

TEST(TheDigest, OfAPinnedReferenceCannotBeReplaced) {
  const auto reference = "debian@sha256:" + hex;
  auto options = with({{Option::image, reference.c_str()}});
  options.set_resolved("sha256:" + std::string(64, 'b'));
  EXPECT_EQ(request_of(options)->image->digest->hex(), hex);
}

TEST(AnUncheckedValue, IsRefusedByItsOption) {
  EXPECT_THAT(refusal_of(with({{Option::shm_size, "plenty"}})), HasSubstr("--chainer-shm-size: "));
  EXPECT_THAT(refusal_of(with({{Option::image, "::"}})), HasSubstr("--chainer-image: "));
  EXPECT_THAT(refusal_of(with({{Option::image, "debian"}, {Option::mount, "x"}})),
              HasSubstr("--chainer-mount: "));
  EXPECT_THAT(refusal_of(with({{Option::image, "debian"}, {Option::workdir, "x"}})),
              HasSubstr("--chainer-workdir: "));
}

TEST(WithoutAnImage, ARequestHoldsTheSizeAlone) {
  const auto request = request_of(with({{Option::shm_size, "1m"},
                                        {Option::env, "lock"},
                                        {Option::mount, "/a:/b"},
                                        {Option::writable, "1"},
                                        {Option::workdir, "/w"},
                                        {Option::prepare, "1"}}));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->shm_size.bytes(), 1u << 20);
  EXPECT_EQ(request->env_file, "");
  EXPECT_THAT(request->mounts, ElementsAre());
  EXPECT_FALSE(request->writable);
  EXPECT_EQ(request->workdir, "");
  EXPECT_EQ(request->placement, Placement::in_container);
}

}  // namespace
}  // namespace chainer::request_test
