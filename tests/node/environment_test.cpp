#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "node/environment/environment_lock.hpp"
#include "node/wire/blob_hash.hpp"
#include "tests/node/environment_node.hpp"

namespace chainer {
namespace {

using testing::HasSubstr;
using testing::Not;

class Environment : public EnvironmentTest {};

TEST_F(Environment, IsBuiltPackedAndFiled) {
  auto n1 = node();
  const auto verdict = n1.prepare(requirements("hello<2\ncounted\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  EXPECT_EQ(python(entry(verdict), "import hello, counted; print(hello.version, counted.version)"),
            "1.0 built\n");
  EXPECT_FALSE(n1.scratch_is_there());
}

TEST_F(Environment, HoldsByteCodeAndNothingOfTheBuilder) {
  auto n1 = node();
  const auto verdict = n1.prepare(requirements("hello==1.0\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  const auto program = R"(
import glob, os, hello
print(os.path.exists(hello.__cached__), os.path.exists("/opt/chainer/env/.chainer"))
print(os.stat(hello.__file__).st_uid, oct(os.stat(hello.__file__).st_mode))
)";
  EXPECT_EQ(python(entry(verdict), program), "True False\n0 0o100644\n");
}

TEST_F(Environment, DoesNotShowTheImagesOwnPackages) {
  auto n1 = node();
  const auto verdict = n1.prepare(requirements("hello\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  EXPECT_THAT(
      python(entry(verdict), "import sys; print([p for p in sys.path if 'packages' in p])"),
      testing::MatchesRegex("\\['/opt/chainer/env/lib/python3\\.[0-9]+/site-packages'\\]\n"));
}

TEST_F(Environment, NamesThePackageThatCannotBeCopied) {
  // Wherever it comes in the listing: the copies after it succeed.
  for (const auto* name : {"0", "a", "m", "z"}) {
    fs::create_symlink("/nowhere",
                       folder_ / "packages" / (std::string(name) + "-1-py3-none-any.whl"));
    auto n1 = node(std::string("n") + name);
    EXPECT_NE(n1.prepare(requirements("hello\n")).outcome, Outcome::ready) << name;
    EXPECT_THAT(n1.said(), HasSubstr("cannot copy the package "));
    EXPECT_THAT(n1.said(), HasSubstr("/packages/" + std::string(name) + "-1-py3-none-any.whl: "));
    fs::remove(folder_ / "packages" / (std::string(name) + "-1-py3-none-any.whl"));
  }
}

TEST_F(Environment, LeavesALockBesideTheRequirements) {
  auto n1 = node();
  const auto verdict = n1.prepare(requirements("hello\n"));
  ASSERT_EQ(verdict.outcome, Outcome::ready) << n1.said();
  const auto lock = content(folder_ / "requirements.txt.lock.json");
  const auto read = environment::EnvironmentLock::parse(lock);
  ASSERT_TRUE(read) << lock;
  EXPECT_EQ(environment_key(read->image, wire::BlobHash::of(lock), ::getuid()), verdict.entry->key);
  EXPECT_THAT(lock, HasSubstr(R"("name":"hello","version":"2.0"})"));
}

TEST_F(Environment, IsReusedWithoutResolvingAgain) {
  const auto file = requirements("counted\n");
  auto n1 = node("n1");
  const auto first = n1.prepare(file);
  ASSERT_EQ(first.outcome, Outcome::ready) << n1.said();
  fs::remove_all(folder_ / "packages");  // nothing to resolve from any more
  auto n2 = node("n2");
  const auto second = n2.prepare(file);
  ASSERT_EQ(second.outcome, Outcome::ready) << n2.said();
  EXPECT_EQ(second.entry->key, first.entry->key);
  EXPECT_EQ(content(folder_ / "built"), "built\n");
}

TEST_F(Environment, IsTheSameFileWhenItIsBuiltAgainFromItsLock) {
  const WebServer server(folder_ / "packages");
  auto n1 = node("n1");
  n1.variables()["PIP_FIND_LINKS"] = server.url();
  const auto first = n1.prepare(requirements("hello<2\ncounted\n"));
  ASSERT_EQ(first.outcome, Outcome::ready) << n1.said();
  const auto bytes = content(entry(first));
  fs::remove(entry(first));
  auto n2 = node("n2");
  n2.variables()["PIP_FIND_LINKS"] = server.url();
  const auto second = n2.prepare(folder_ / "requirements.txt.lock.json");
  ASSERT_EQ(second.outcome, Outcome::ready) << n2.said();
  EXPECT_EQ(second.entry->key, first.entry->key);
  EXPECT_TRUE(content(entry(second)) == bytes);
}

TEST_F(Environment, IsResolvedAndBuiltOnceForTwoNodesAtATime) {
  const auto file = requirements("counted\n");
  auto n1 = node("n1");
  auto n2 = node("n2");
  n1.start(file);
  n2.start(file);
  StoreVerdict first;
  std::thread other([&] { first = n1.serve(); });
  const auto second = n2.serve();
  other.join();
  EXPECT_EQ(n1.wait(), 0);
  EXPECT_EQ(n2.wait(), 0);
  ASSERT_EQ(first.outcome, Outcome::ready) << n1.said() << n2.said();
  ASSERT_EQ(second.outcome, Outcome::ready);
  EXPECT_EQ(first.entry->key, second.entry->key);
  EXPECT_EQ(content(folder_ / "built"), "built\n");
}

TEST_F(Environment, ShowsTheResolversReason) {
  auto n1 = node();
  const auto verdict = n1.prepare(requirements("nosuch\n"));
  EXPECT_EQ(verdict.outcome, Outcome::user_fault);
  EXPECT_EQ(n1.said(),
            "chainer: node n1, step 1.0: cannot resolve requirements.txt: No solution found when "
            "resolving "
            "dependencies: Because nosuch was not found in the provided package locations and you "
            "require "
            "nosuch, we can conclude that your requirements are unsatisfiable.\n"
            "next: correct the requirements and submit again\n");
  EXPECT_TRUE(store_is_empty());
  EXPECT_FALSE(n1.scratch_is_there());
}

TEST_F(Environment, ShowsWhichRequirementsConflict) {
  auto n1 = node();
  EXPECT_EQ(n1.prepare(requirements("oldfriend\nhello==2.0\n")).outcome, Outcome::user_fault);
  EXPECT_THAT(n1.said(),
              HasSubstr("Because all versions of oldfriend depend on hello<2 and you require "
                        "oldfriend, we can conclude that you require hello<2."));
  EXPECT_THAT(n1.said(), HasSubstr("\nnext: correct the requirements and submit again\n"));
}

TEST_F(Environment, ShowsTheLastLinesOfAFailingBuild) {
  auto n1 = node();
  EXPECT_EQ(n1.prepare(requirements("broken\n")).outcome, Outcome::user_fault);
  EXPECT_THAT(
      n1.said(),
      HasSubstr("cannot build the environment of requirements.txt: Failed to build `broken==1.0`"));
  EXPECT_THAT(
      n1.said(),
      HasSubstr("\n    error: mpicc was not found\n"
                "next: use a version that has a wheel, or an image with what its build needs\n"));
}

TEST_F(Environment, IsBuiltWithoutACacheThatTheImageDoesNotShow) {
  auto n1 = node();
  n1.variables()["UV_CACHE_DIR"] = "/proc/no/cache";
  EXPECT_EQ(n1.prepare(requirements("hello\n")).outcome, Outcome::ready);
  EXPECT_THAT(
      n1.said(),
      HasSubstr("chainer: node n1: the builder's cache /proc/no/cache/aaaaaaaaaaaaaaaa cannot "
                "be used inside the image: everything is downloaded and built anew\n"));
}

TEST_F(Environment, RemovesTheCacheOfAnImageThatNobodyBuildsInAnyMore) {
  const std::string cache = folder_ / "cache";
  auto n1 = node("n1");
  auto n2 = node("n2");
  for (auto* one : {&n1, &n2}) one->variables()["UV_CACHE_DIR"] = cache;
  ASSERT_EQ(n1.prepare(requirements("hello==1.0\n")).outcome, Outcome::ready);
  const auto ours = cache + "/" + std::string(16, 'a');
  const auto old = cache + "/" + std::string(16, 'b');
  ASSERT_TRUE(fs::exists(ours + "/CACHEDIR.TAG")) << "by which the builder's folders are known";
  fs::copy(ours, old, fs::copy_options::recursive);
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(31 * 24));
  ASSERT_EQ(n2.prepare(requirements("hello==2.0\n")).outcome, Outcome::ready);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(ours));
}

TEST_F(Environment, NeedsAPythonInTheImage) {
  auto n1 = node();
  n1.set_image_path("/nonexistent");
  EXPECT_EQ(n1.prepare(requirements("hello\n")).outcome, Outcome::user_fault);
  EXPECT_EQ(n1.said(),
            "chainer: node n1, step 1.0: the image has no python3\n"
            "next: use an image with Python 3.8 or newer on its PATH\n");
}

TEST_F(Environment, SaysWhyAnImagesPythonCannotBeUsed) {
  put(folder_ / "bin/python3", "#!/bin/sh\nexit 3\n");
  fs::permissions(folder_ / "bin/python3", fs::perms(0755));
  auto n1 = node();
  n1.set_image_path(folder_ / "bin");
  EXPECT_EQ(n1.prepare(requirements("hello\n")).outcome, Outcome::user_fault);
  EXPECT_THAT(n1.said(), HasSubstr("chainer: node n1, step 1.0: cannot use the image's python3: "));
  EXPECT_THAT(n1.said(), HasSubstr("failed with exit status exit status: 3\n"
                                   "next: use an image with Python 3.8 or newer on its PATH\n"));
}

TEST_F(Environment, RefusesALockOfAnotherImage) {
  put(folder_ / "other.lock.json",
      R"({"chainer_env_lock":2,"image":"sha256:)" + std::string(64, 'b') + R"(","packages":[]})");
  auto n1 = node();
  EXPECT_EQ(n1.prepare(folder_ / "other.lock.json").outcome, Outcome::user_fault);
  EXPECT_THAT(n1.said(), HasSubstr("it was made for the image sha256:bbb"));
}

TEST_F(Environment, KeepsSecretsOutOfLogsLocksAndNotes) {
  auto n1 = node("n1");
  n1.variables()["PIP_NO_INDEX"] = "";
  n1.variables()["PIP_INDEX_URL"] = "http://someone:hunter2@127.0.0.1:1/simple";
  n1.variables()["UV_HTTP_RETRIES"] = "0";
  EXPECT_EQ(n1.prepare(requirements("nosuch\n")).outcome, Outcome::try_again);
  EXPECT_THAT(n1.said(), HasSubstr("http://127.0.0.1:1/simple"));
  EXPECT_THAT(n1.said(), Not(HasSubstr("hunter2")));

  auto n2 = node("n2");
  n2.variables()["PIP_EXTRA_INDEX_URL"] = "http://someone:hunter2@127.0.0.1:1/simple";
  EXPECT_EQ(n2.prepare(requirements("--index-url http://x:hunter2@127.0.0.1:1/\nhello\n")).outcome,
            Outcome::ready);
  EXPECT_EQ(shell("grep -rl hunter2 " + (folder_ / "store").string() + " " +
                  (folder_ / "requirements.txt.lock.json").string()),
            "");
}

TEST_F(Environment, LeavesNothingWhenItIsTerminated) {
  auto n1 = node();
  n1.start(requirements("slow\n"));
  StoreVerdict verdict;
  std::thread store([&] { verdict = n1.serve(); });
  while (content(folder_ / "built").empty())
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  n1.terminate();
  n1.wait();  // chainer-inside too: it has ended the build
  store.join();
  EXPECT_EQ(verdict.outcome, Outcome::try_again);
  EXPECT_FALSE(n1.scratch_is_there());
}

}  // namespace
}  // namespace chainer
