#include "submit/run/guarded_folder.hpp"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>

#include "submit/run/run_folder.hpp"
#include "temporary_folder.hpp"

namespace chainer::guarded_folder_test {
namespace {

constexpr uid_t victim = 65001, hostile = 65002, administrator = 65003;

void become(uid_t uid) {
  if (::setgroups(0, nullptr) != 0 || ::setresgid(uid, uid, uid) != 0 ||
      ::setresuid(uid, uid, uid) != 0) {
    std::abort();
  }
}

/// What `act` returns in a process of the account.
std::string as(uid_t uid, const std::function<std::string()>& act) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const auto child = ::fork();
  if (child == 0) {
    become(uid);
    const auto said = act();
    if (::write(ends[1], said.data(), said.size()) < 0) ::_exit(1);
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string said(4096, '\0');
  const auto got = ::read(ends[0], said.data(), said.size());
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return said;
}

/// Another process, in which the account does something again and again for as long as this lives.
/// It is no thread: a child forked beside one can wait for ever for a lock that the thread held.
class Attack {
 public:
  Attack(uid_t uid, const std::function<void(int turn)>& act) : child_(::fork()) {
    if (child_ < 0) std::abort();  // or the destructor would end every process
    if (child_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    become(uid);
    for (int turn = 0;; ++turn) act(turn);
  }
  Attack(const Attack&) = delete;
  Attack& operator=(const Attack&) = delete;
  ~Attack() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

 private:
  pid_t child_;
};

/// Folders of several accounts: takes root to make them.
class TheRunsFolder : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "takes root: it makes files of several accounts";
    ::chmod(folder_.path().c_str(), 0755);
    make("runs", 0, 01777);
  }

  std::string make(const std::string& name, uid_t owner, mode_t mode) const {
    auto path = folder_ / name;
    ::mkdir(path.c_str(), 0700);
    EXPECT_EQ(::chown(path.c_str(), owner, owner), 0);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  /// How the victim's folder of runs opens: "" or the error's text and hint.
  std::string opened(const std::string& runs = "runs") const {
    return as(victim, [&] {
      const auto own = run::OwnRuns::open(folder_ / runs, administrator, "victim");
      return own ? std::string() : own.error().what + "\nnext: " + own.error().hint;
    });
  }

  TemporaryFolder folder_;
};

TEST_F(TheRunsFolder, GetsAFolderForTheUserAlone) {
  EXPECT_EQ(opened(), "");
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "runs/victim").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, victim);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  EXPECT_EQ(opened(), "") << "the second time";
}

TEST_F(TheRunsFolder, IsOnesOwnOnlyWhereNobodyElseCanExchangeIt) {
  make("of_hostile", hostile, 0755);
  make("of_hostile/run", victim, 0700);
  make("open", 0, 0777);
  make("open/run", victim, 0700);
  make("runs/run", victim, 0700);
  make("runs/another", hostile, 0755);
  const auto is_own = [&](const std::string& name) {
    return as(victim, [&] { return run::is_own_folder(folder_ / name) ? "yes" : "no"; });
  };
  EXPECT_EQ(is_own("runs/run"), "yes");
  EXPECT_EQ(is_own("runs/another"), "no");
  EXPECT_EQ(is_own("of_hostile/run"), "no");
  EXPECT_EQ(is_own("open/run"), "no");
  EXPECT_EQ(is_own("runs/none"), "no");
}

TEST_F(TheRunsFolder, IsRefusedWhereAnotherMadeTheUsersFolder) {
  const auto path = make("runs/victim", hostile, 0777);
  EXPECT_EQ(opened(), "the folder " + path +
                          " belongs to account 65002, not to you\nnext: ask an administrator to "
                          "remove it, or to give it to you");
  ::chmod(path.c_str(), 0700);
  EXPECT_EQ(opened(), "the folder " + path +
                          " belongs to account 65002, not to you\nnext: ask an administrator to "
                          "remove it, or to give it to you");
}

TEST_F(TheRunsFolder, IsRefusedWhereALinkStandsForTheUsersFolder) {
  make("elsewhere", victim, 0700);
  std::filesystem::create_symlink(folder_ / "elsewhere", folder_ / "runs/victim");
  EXPECT_EQ(opened(), folder_ / "runs/victim" +
                          " is no folder: somebody put something else there\nnext: ask an "
                          "administrator to remove it");
}

TEST_F(TheRunsFolder, IsRefusedWhereOthersMayWriteTheUsersFolder) {
  for (const mode_t mode : {0770u, 0702u, 01777u}) {
    const auto path = make("runs/victim", victim, mode);
    EXPECT_EQ(opened(), "others may write the folder " + path + " (mode " +
                            (mode == 01777  ? "1777"
                             : mode == 0770 ? "0770"
                                            : "0702") +
                            ")\nnext: look at what lies in it, then: chmod go-w " + path);
  }
}

TEST_F(TheRunsFolder, IsRefusedWhereItsNamesCanBeExchanged) {
  for (const mode_t mode : {0777u, 0770u, 0775u}) {
    const auto path = make("open", 0, mode);
    const auto said = opened("open");
    EXPECT_EQ(said.substr(0, said.find('(')), "others may write " + path + " ") << mode;
  }
  const auto above = make("above", 0, 0777);
  make("above/runs", 0, 01777);
  EXPECT_EQ(opened("above/runs"),
            "others may write " + above +
                " (mode 0777), and could exchange your runs\nnext: its owner, root, makes it "
                "sticky: chmod +t " +
                above);
}

TEST_F(TheRunsFolder, IsRefusedWhereItIsAStrangers) {
  const auto path = make("hers", hostile, 01777);
  EXPECT_EQ(opened("hers"),
            path +
                " belongs to account 65002, who could exchange your runs\nnext: ask an "
                "administrator for a folder of runs whose whole path belongs to root");
  std::filesystem::create_symlink("runs", folder_ / "link");
  ASSERT_EQ(::lchown((folder_ / "link").c_str(), hostile, hostile), 0);
  EXPECT_EQ(opened("link").substr(0, (folder_ / "link").size() + 8), folder_ / "link" + " belongs");
}

TEST_F(TheRunsFolder, MayBeReachedByTheSitesOwnLinksAndAccounts) {
  std::filesystem::create_symlink("runs", folder_ / "relative");
  std::filesystem::create_symlink(folder_ / "relative/../runs/.", folder_ / "absolute");
  EXPECT_EQ(opened("absolute"), "");
  make("of_the_site", administrator, 01777);
  EXPECT_EQ(opened("of_the_site"), "");
  std::filesystem::create_symlink("circle", folder_ / "circle");
  EXPECT_EQ(opened("circle").substr(0, 15), "cannot open the");
}

/// The hostile account makes, exchanges and removes the victim's name as fast as it can.
TEST_F(TheRunsFolder, NeverPutsARunIntoAStrangersFolderHoweverNamesAreExchanged) {
  const auto trap = make("trap", hostile, 0777);
  const auto name = folder_ / "runs/victim";
  const auto away = folder_ / "runs/away", link = folder_ / "runs/link";
  auto attack = std::make_optional<Attack>(hostile, [&](int turn) {
    if (turn % 2 == 0) {
      ::mkdir(name.c_str(), 0777);
      ::rename(name.c_str(), away.c_str());
      ::rmdir(away.c_str());
    } else if (::symlink(trap.c_str(), name.c_str()) == 0) {
      ::rename(name.c_str(), link.c_str());
      ::unlink(link.c_str());
    }
  });
  int made = 0, refused = 0;
  for (int turn = 0; turn < 150; ++turn) {
    const auto said = as(victim, [&]() -> std::string {
      const auto own = run::OwnRuns::open(folder_ / "runs", 0, "victim");
      if (!own) return "refused";
      const auto folder = run::RunFolder::create(*own, "run", 1'700'000'000);
      if (!folder) return "refused";
      struct stat status {};
      ::stat(folder->path().c_str(), &status);
      if (status.st_uid != victim || ::access((folder->path() + "/logs").c_str(), W_OK) != 0)
        return "astray";
      std::filesystem::remove_all(own->path());
      return "made";
    });
    ASSERT_NE(said, "astray");
    made += said == "made";
    refused += said == "refused";
  }
  attack.reset();
  EXPECT_TRUE(std::filesystem::is_empty(trap));
  EXPECT_EQ(made + refused, 150);
  EXPECT_GT(made, 0);
}

}  // namespace
}  // namespace chainer::guarded_folder_test
