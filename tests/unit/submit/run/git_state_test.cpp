#include "submit/run/git_state.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "temporary_folder.hpp"

namespace chainer::git_state_test {
namespace {

namespace fs = std::filesystem;

/// Real repositories, made by git itself.
class GitStateTest : public testing::Test {
 protected:
  GitStateTest() {
    git({"init", "--quiet", "--initial-branch=main", project()});
    folder_.write("project/train.py", "print(1)\n");
    commit();
  }

  std::string project() const { return folder_ / "project"; }

  std::string git(std::vector<std::string> words, const std::string& where = "") {
    words.insert(words.begin(), {"git", "-C", where.empty() ? folder_.path() : where, "-c",
                                 "protocol.file.allow=always"});
    const auto finished = processes_.run(
        words, {"PATH=/usr/bin:/bin", "HOME=" + folder_.path(), "GIT_AUTHOR_NAME=a",
                "GIT_AUTHOR_EMAIL=a@h", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@h"});
    EXPECT_TRUE(finished && finished->code == 0) << (finished ? finished->err : "no git");
    return finished ? finished->out.substr(0, finished->out.find('\n')) : "";
  }
  void commit() {
    git({"add", "-A"}, project());
    git({"commit", "--quiet", "-m", "x"}, project());
  }
  std::string head(const std::string& where) { return git({"rev-parse", "HEAD"}, where); }

  /// "COMMIT clean", "COMMIT dirty", "COMMIT" where nobody can tell, or "none".
  std::string state(const std::string& where) {
    const auto found = run::git_state(where, processes_);
    if (!found) return "none";
    return found->commit + (!found->is_dirty ? "" : *found->is_dirty ? " dirty" : " clean");
  }

  TemporaryFolder folder_;
  run::RealProcessRunner processes_;
};

TEST_F(GitStateTest, IsTheCommitAndWhetherTheFolderIsIt) {
  EXPECT_EQ(state(project()), head(project()) + " clean");
  folder_.write("project/train.py", "print(2)\n");
  EXPECT_EQ(state(project()), head(project()) + " dirty");
  commit();
  EXPECT_EQ(state(project()), head(project()) + " clean");
  folder_.write("project/new.py", "");
  EXPECT_EQ(state(project()), head(project()) + " dirty");
  folder_.write("project/.git/info/exclude", "new.py\n");
  EXPECT_EQ(state(project()), head(project()) + " clean");
  fs::remove(project() + "/train.py");
  EXPECT_EQ(state(project()), head(project()) + " dirty");
}

TEST_F(GitStateTest, LooksAtTheFolderAlone) {
  folder_.write("project/part/a.py", "");
  commit();
  folder_.write("project/train.py", "print(2)\n");
  EXPECT_EQ(state(project() + "/part"), head(project()) + " clean");
  folder_.write("project/part/a.py", "x");
  EXPECT_EQ(state(project() + "/part"), head(project()) + " dirty");
}

TEST_F(GitStateTest, OfPackedReferencesAndADetachedHead) {
  git({"pack-refs", "--all"}, project());
  git({"gc", "--quiet"}, project());
  EXPECT_EQ(state(project()), head(project()) + " clean");
  git({"checkout", "--quiet", "--detach"}, project());
  EXPECT_EQ(state(project()), head(project()) + " clean");
}

TEST_F(GitStateTest, SeesWhatWasChangedInTheSecondOfACheckout) {
  const auto tree = folder_ / "tree";
  git({"worktree", "add", "--quiet", "-b", "other", tree}, project());
  folder_.write("tree/train.py", "print(3)\n");  // as long as it was
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(state(tree), head(tree) + " dirty");
}

TEST_F(GitStateTest, OfAWorkTreeAndASubmodule) {
  const auto tree = folder_ / "tree";
  git({"worktree", "add", "--quiet", "-b", "other", tree}, project());
  folder_.write("tree/train.py", "print(3)\n");
  EXPECT_EQ(state(tree), head(tree) + " dirty");
  git({"commit", "--quiet", "-am", "y"}, tree);
  EXPECT_EQ(state(tree), head(tree) + " clean");
  EXPECT_NE(head(tree), head(project()));

  const auto outer = folder_ / "outer";
  git({"init", "--quiet", outer});
  git({"submodule", "--quiet", "add", project(), "inner"}, outer);
  git({"commit", "--quiet", "-m", "z"}, outer);
  EXPECT_EQ(state(outer + "/inner"), head(project()) + " clean");
  folder_.write("outer/inner/train.py", "print(4)\n");
  EXPECT_EQ(state(outer + "/inner"), head(project()) + " dirty");
  EXPECT_EQ(state(outer), head(outer) + " clean");
}

TEST_F(GitStateTest, IsNoneWithoutACommit) {
  EXPECT_EQ(state(folder_.path()), "none");
  git({"init", "--quiet", folder_ / "empty"});
  EXPECT_EQ(state(folder_ / "empty"), "none");
}

/// Every way that a repository has to name a program which git would start.
TEST_F(GitStateTest, StartsNothingThatARepositoryNames) {
  const auto mark = folder_ / "mark";
  const auto program = folder_.write("evil", "#!/bin/sh\ntouch '" + mark + "'\ncat\n");
  fs::permissions(program, fs::perms::all);
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"core.fsmonitor", program},
                                                        {"core.hooksPath", folder_.path()},
                                                        {"filter.evil.clean", program},
                                                        {"filter.evil.smudge", program},
                                                        {"filter.evil.process", program},
                                                        {"diff.external", program},
                                                        {"core.sshCommand", program},
                                                        {"core.pager", program},
                                                        {"credential.helper", program}}) {
    git({"config", key, value}, project());
  }
  folder_.write("project/.gitattributes", "* filter=evil\n");
  folder_.write("project/.git/hooks/post-index-change", "#!/bin/sh\ntouch '" + mark + "'\n");
  fs::permissions(project() + "/.git/hooks/post-index-change", fs::perms::all);
  folder_.write("project/train.py", "print(9)\n");
  EXPECT_EQ(state(project()), head(project()) + " dirty");
  EXPECT_FALSE(fs::exists(mark));
}

TEST_F(GitStateTest, IsNotComparedWhereTheRepositoryIsAnothers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const auto commit = head(project());
  ASSERT_EQ(::chown((project() + "/.git").c_str(), 65534, 65534), 0);
  EXPECT_EQ(state(project()), commit);
}

TEST_F(GitStateTest, SurvivesWhatIsNoRepository) {
  for (const std::string text : {"", "gitdir: ", "gitdir: /dev/zero", "gitdir: nowhere", "x"}) {
    folder_.write("odd/.git", text);
    EXPECT_EQ(state(folder_ / "odd"), "none") << text;
  }
  folder_.write("loop/.git/HEAD", "ref: refs/heads/a\n");
  folder_.write("loop/.git/refs/heads/a", "ref: refs/heads/a\n");
  EXPECT_EQ(state(folder_ / "loop"), "none");
  folder_.write("out/.git/HEAD", "ref: refs/../../../etc/passwd\n");
  EXPECT_EQ(state(folder_ / "out"), "none");
}

TEST_F(GitStateTest, LeavesNothingBehind) {
  const auto own = folder_ / "tmp";  // others use the usual one at the same time
  fs::create_directory(own);
  ::setenv("TMPDIR", own.c_str(), 1);
  state(project());
  ::unsetenv("TMPDIR");
  EXPECT_TRUE(fs::is_empty(own));
}

}  // namespace
}  // namespace chainer::git_state_test
