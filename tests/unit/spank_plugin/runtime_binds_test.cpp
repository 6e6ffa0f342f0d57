#include "spank_plugin/runtime_binds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "scratch_folder.hpp"

namespace chainer::runtime_binds_test {
namespace {

using fixtures::ScratchFolder;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

/// A host whose folders are those of a test.
class TheBinds : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* folder : {"home", "home/work", "site", "site/ada", "work"})
      scratch_.make_folder(folder);
    folders_.home = scratch_ / "home";
    folders_.working_directory = scratch_ / "home/work";
    folders_.work = scratch_ / "work";
  }

  Request request_with(const char* mounts = nullptr) {
    RawOptions options;
    options.give(Option::image, "debian");
    if (mounts != nullptr) options.give(Option::mount, mounts);
    return *make_request(options, {});
  }

  std::vector<RuntimeBind> binds_of(const Request& request) {
    auto binds = runtime_binds(request, folders_);
    EXPECT_TRUE(binds) << binds.error().what;
    return binds ? *std::move(binds) : std::vector<RuntimeBind>();
  }

  std::string refusal_of(const Request& request) {
    const auto binds = runtime_binds(request, folders_);
    return binds ? "accepted" : binds.error().what;
  }

  RuntimeBind same_place(const char* name, Access access = Access::read_write) {
    return {scratch_ / name, scratch_ / name, access};
  }

  ScratchFolder scratch_;
  RuntimeFolders folders_;
};

TEST_F(TheBinds, ShowHomeWithTheWorkingDirectoryBelowIt) {
  EXPECT_THAT(binds_of(request_with()), ElementsAre(same_place("home")));
}

TEST_F(TheBinds, ShowNothingTwice) {
  folders_.of_host = {{scratch_ / "site"}, {scratch_ / "site/ada"}};
  folders_.home = scratch_ / "site/ada";
  folders_.working_directory = scratch_ / "site";
  EXPECT_THAT(binds_of(request_with()), ElementsAre(same_place("site")));
}

TEST_F(TheBinds, PassOverWhatTheHostLacksUnlessItIsDemanded) {
  folders_.of_host = {{.path = scratch_ / "nowhere"},
                      {.path = scratch_ / "site", .access = Access::read_only}};
  EXPECT_THAT(binds_of(request_with()),
              ElementsAre(same_place("site", Access::read_only), same_place("home")));
  folders_.of_host[0].when_absent = HostPlace::WhenAbsent::refuse;
  EXPECT_EQ(refusal_of(request_with()), "cannot show the site's " + (scratch_ / "nowhere") +
                                            " in the container: No such file or directory");
}

TEST_F(TheBinds, EndWithTheUsersOwnInTheirOrder) {
  const auto site = scratch_ / "site";
  const auto binds = binds_of(request_with((site + ":/mnt:ro," + site + "/ada:/mnt/ada").c_str()));
  ASSERT_EQ(binds.size(), 3U);
  EXPECT_EQ(binds[1], (RuntimeBind{site, "/mnt", Access::read_only}));
  EXPECT_EQ(binds[2], (RuntimeBind{site + "/ada", "/mnt/ada"}));
}

TEST_F(TheBinds, LookForRelativeSourcesFromTheWorkingDirectory) {
  scratch_.make_folder("home/work/data");
  EXPECT_THAT(binds_of(request_with("./data:/data")),
              Contains(RuntimeBind{scratch_ / "home/work/./data", "/data"}));
}

TEST_F(TheBinds, NameTheSourceThatIsNotThere) {
  EXPECT_EQ(refusal_of(request_with("/nowhere/at/all:/mnt")),
            "cannot open the mount source /nowhere/at/all: No such file or directory");
}

TEST_F(TheBinds, KeepAFolderInMemoryForAllTasksOfTheNode) {
  const auto request = request_with("tmpfs:/scratch,tmpfs:/more");
  const auto binds = binds_of(request);
  ASSERT_EQ(binds.size(), 3U);
  EXPECT_EQ(binds[1], (RuntimeBind{scratch_ / "work/memory.1", "/scratch"}));
  EXPECT_EQ(binds[2], (RuntimeBind{scratch_ / "work/memory.2", "/more"}));
  EXPECT_EQ(::access((scratch_ / "work/memory.2").c_str(), W_OK), 0);
  EXPECT_EQ(binds_of(request), binds);
}

TEST_F(TheBinds, ShowAnEmptyHomeWithTheWorkingDirectoryInIt) {
  auto request = request_with();
  request.home = Home::empty;
  EXPECT_THAT(binds_of(request), ElementsAre(RuntimeBind{scratch_ / "work/home", folders_.home},
                                             same_place("home/work")));
  EXPECT_EQ(::access((scratch_ / "work/home/work").c_str(), W_OK), 0);
}

TEST_F(TheBinds, DoNotShowAHomeThatIsToBeEmptyBecauseSomebodyStandsInIt) {
  auto request = request_with();
  request.home = Home::empty;
  folders_.working_directory = folders_.home;
  EXPECT_THAT(binds_of(request), ElementsAre(RuntimeBind{scratch_ / "work/home", folders_.home}));
}

TEST_F(TheBinds, LayAnEmptyHomeOverTheWorkingDirectoryThatHoldsIt) {
  auto request = request_with();
  request.home = Home::empty;
  folders_.home = scratch_ / "site/ada";
  folders_.working_directory = scratch_ / "site";
  EXPECT_THAT(binds_of(request),
              ElementsAre(same_place("site"), RuntimeBind{scratch_ / "work/home", folders_.home}));
}

TEST_F(TheBinds, LayAnEmptyHomeOverItsOwnNameToo) {
  auto request = request_with();
  request.home = Home::empty;
  folders_.of_host = {{scratch_ / "site"}};
  folders_.home = scratch_ / "link";
  folders_.working_directory = scratch_ / "site/ada";
  ASSERT_EQ(::symlink((scratch_ / "site/ada").c_str(), folders_.home.c_str()), 0);
  EXPECT_THAT(
      binds_of(request),
      ElementsAre(same_place("site"), RuntimeBind{scratch_ / "work/home", scratch_ / "site/ada"},
                  RuntimeBind{scratch_ / "work/home", folders_.home}));
}

TEST_F(TheBinds, LeaveTheHostsSystemOut) {
  folders_.home = "/usr/ada";
  folders_.working_directory = "/etc";
  EXPECT_THAT(binds_of(request_with()), IsEmpty());
}

TEST_F(TheBinds, ShowTheFolderThatTheUserNamedForPmix) {
  folders_.of_pmix = scratch_ / "site";
  EXPECT_THAT(binds_of(request_with()), Contains(same_place("site")));
  folders_.of_pmix = scratch_ / "nowhere";
  EXPECT_THAT(binds_of(request_with()), Not(Contains(same_place("nowhere"))));
}

}  // namespace
}  // namespace chainer::runtime_binds_test
