// What a curator has built serves everybody; what anybody else has built does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/environment_files.hpp"
#include "node/environment/environment_lock.hpp"
#include "node/wire/blob_hash.hpp"
#include "tests/node/environment_node.hpp"

namespace chainer {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr uid_t curator = 4711;
constexpr uid_t user = 4242;
constexpr uid_t stranger = 4343;

class CuratedEnvironment : public EnvironmentTest {
 protected:
  void SetUp() override {
    EnvironmentTest::SetUp();
    if (IsSkipped()) return;
    curated_ = prepare(curator, file("curated.txt", "hello==1.0\ncounted\n"));
    ASSERT_EQ(curated_.outcome, Outcome::ready) << said_;
  }

  std::string file(const std::string& name, const std::string& text) {
    put(folder_ / name, text);
    return folder_ / name;
  }

  StoreVerdict prepare(uid_t owner, const std::string& file, const fs::path& base = {},
                       std::optional<uid_t> serves_all = curator) {
    auto one = node("n" + std::to_string(++nodes_));
    one.set_accounts(owner, serves_all);
    if (!base.empty()) one.set_base(base);
    auto verdict = one.prepare(file);
    said_ = one.said();
    return verdict;
  }

  /// A user's requirements, to be laid over the curated environment.
  std::string over_curated(const std::string& text) {
    auto requirements = file("mine.txt", text);
    put(base_lock_of(requirements), content(curated_lock()));
    return requirements;
  }

  std::string curated_lock() const { return folder_ / "curated.txt.lock.json"; }
  fs::path place(const StoreVerdict& verdict) const {
    return folder_ / "store" / verdict.entry->path();
  }

  /// Runs a Python program with the difference laid over the curated environment, as a job has it.
  std::string python_over_base(const StoreVerdict& difference, const std::string& program) {
    put(folder_ / "program.py", program);
    const auto mount = [](const fs::path& entry, const std::string& where) {
      return "mkdir " + where + " && mount -t squashfs -o loop,ro " + entry.string() + " " + where +
             " && ";
    };
    return shell("unshare -m sh -c 'mount -t tmpfs tmpfs /opt && mkdir -p /opt/chainer/env && " +
                 mount(place(difference), "/opt/top") + mount(place(curated_), "/opt/base") +
                 "mount -t overlay -o ro,lowerdir=/opt/top:/opt/base overlay /opt/chainer/env && "
                 "/opt/chainer/env/bin/python " +
                 (folder_ / "program.py").string() + "' 2>&1");
  }

  StoreVerdict curated_{};
  std::string said_{};
  int nodes_{0};
};

TEST_F(CuratedEnvironment, ServesEverybodyWhoGivesItsLock) {
  const auto verdict = prepare(user, curated_lock());
  ASSERT_EQ(verdict.outcome, Outcome::ready) << said_;
  EXPECT_EQ(verdict.entry, curated_.entry);
  EXPECT_EQ(verdict.entry->audience, Audience::only(curator));
  EXPECT_EQ(content(folder_ / "built"), "built\n") << "it was built a second time";
}

TEST_F(CuratedEnvironment, IsNobodysButTheCurators) {
  const auto strangers = prepare(stranger, curated_lock(), {}, stranger);
  ASSERT_EQ(strangers.outcome, Outcome::ready) << said_;
  EXPECT_EQ(strangers.entry->audience, Audience::only(stranger));
  fs::remove(place(curated_));
  const auto verdict = prepare(user, curated_lock());
  ASSERT_EQ(verdict.outcome, Outcome::ready) << said_;
  EXPECT_EQ(verdict.entry->audience, Audience::only(user)) << "a stranger's environment served";
}

TEST_F(CuratedEnvironment, ServesNobodyElseWhereTheSiteHasNoCurator) {
  const auto verdict = prepare(user, curated_lock(), {}, std::nullopt);
  ASSERT_EQ(verdict.outcome, Outcome::ready) << said_;
  EXPECT_EQ(verdict.entry->audience, Audience::only(user));
}

TEST_F(CuratedEnvironment, IsTheLowerLayerOfWhatAUserAdds) {
  const auto verdict = prepare(user, over_curated("hello==2.0\ncounted\n"), place(curated_));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << said_;
  EXPECT_EQ(verdict.entry->kind, EntryKind::difference);
  EXPECT_EQ(verdict.entry->audience, Audience::only(user));
  EXPECT_EQ(content(folder_ / "built"), "built\n") << "what the base has was built again";
  EXPECT_EQ(python_over_base(verdict, R"(
import counted, hello, importlib.metadata as metadata
print(hello.version, counted.version, metadata.version("hello"))
print(sorted(one.metadata["Name"] for one in metadata.distributions()))
)"),
            "2.0 built 2.0\n['counted', 'hello']\n");
  EXPECT_EQ(content(place(verdict).string() + ".base"), curated_.entry->key.hex());
  EXPECT_LT(fs::file_size(place(verdict)), 2 * fs::file_size(place(curated_)));
}

TEST_F(CuratedEnvironment, ShowsNothingOfWhatTheUserDoesNotAskFor) {
  const auto verdict = prepare(user, over_curated("counted\n"), place(curated_));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << said_;
  ASSERT_EQ(verdict.entry->kind, EntryKind::difference);
  EXPECT_THAT(python_over_base(verdict, "import counted, hello"),
              HasSubstr("ModuleNotFoundError: No module named 'hello'"));
  EXPECT_THAT(python_over_base(verdict, R"(
import importlib.metadata as metadata
print([one.metadata["Name"] for one in metadata.distributions()])
)"),
              HasSubstr("['counted']"));
}

TEST_F(CuratedEnvironment, IsPreferredInItsVersions) {
  const auto preferred = prepare(user, over_curated("hello\n"), place(curated_));
  ASSERT_EQ(preferred.outcome, Outcome::ready) << said_;
  EXPECT_THAT(content(folder_ / "mine.txt.lock.json"), HasSubstr(R"("version":"1.0")"));
}

TEST_F(CuratedEnvironment, IsNamedInALockThatGivesTheEnvironmentWithoutIt) {
  const auto first = prepare(user, over_curated("hello==2.0\ncounted\n"), place(curated_));
  ASSERT_EQ(first.outcome, Outcome::ready) << said_;
  const auto lock = environment::EnvironmentLock::parse(content(folder_ / "mine.txt.lock.json"));
  ASSERT_TRUE(lock);
  EXPECT_EQ(lock->base, wire::BlobHash::of(content(curated_lock())));
  EXPECT_EQ(lock->packages.size(), 2u);

  const auto again = prepare(user, folder_ / "mine.txt.lock.json", place(curated_));
  EXPECT_EQ(again.entry, first.entry) << said_;

  fs::remove(place(curated_));
  const auto whole = prepare(user, folder_ / "mine.txt.lock.json");
  ASSERT_EQ(whole.outcome, Outcome::ready) << said_;
  EXPECT_THAT(said_, HasSubstr("has no curated environment of mine.txt.base.lock.json for this "
                               "image: it is built whole"));
  EXPECT_EQ(whole.entry->kind, EntryKind::environment);
  EXPECT_EQ(whole.entry->key, first.entry->key);
  EXPECT_EQ(python(place(whole), "import counted, hello; print(hello.version)"), "2.0\n");
}

TEST_F(CuratedEnvironment, HasItsDifferenceMadeAnewUnderAnotherCurator) {
  const auto requirements = over_curated("hello==2.0\ncounted\n");
  const auto first = prepare(user, requirements, place(curated_));
  ASSERT_EQ(first.outcome, Outcome::ready) << said_;
  struct stat before {
  }, after{};
  ::stat(place(first).c_str(), &before);
  const auto others = prepare(stranger, curated_lock(), {}, stranger);
  ASSERT_EQ(others.outcome, Outcome::ready) << said_;
  const auto second = prepare(user, requirements, place(others), stranger);
  ASSERT_EQ(second.entry, first.entry) << said_;
  ::stat(place(second).c_str(), &after);
  EXPECT_NE(before.st_ino, after.st_ino);
  EXPECT_EQ(content(place(second).string() + ".base"), others.entry->key.hex());
}

}  // namespace
}  // namespace chainer
