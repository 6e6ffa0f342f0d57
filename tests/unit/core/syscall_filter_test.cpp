#include "core/syscall_filter.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <thread>

namespace chainer::syscall_filter_test {
namespace {

/// What `work` gives in a child that is confined; -1 when the child did not get that far.
int confined(Confinement confinement, const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (give_up_system_calls(confinement) != 0) ::_exit(255);
    ::_exit(work());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) != 255 ? WEXITSTATUS(status) : -1;
}

/// The errno of a call, 0 when it worked.
int error_of(long result) { return result < 0 ? errno : 0; }

int run_true() {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) {
    ::execl("/bin/true", "true", nullptr);
    ::_exit(errno);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

int open_socket() { return error_of(::socket(AF_UNIX, SOCK_STREAM, 0)); }

int start_thread() {
  int value = 1;
  std::thread([&] { value = 0; }).join();
  return value;
}

constexpr Confinement all[] = {Confinement::builder, Confinement::users_side,
                               Confinement::stores_side};

TEST(SyscallFilter, NobodyMountsTracesOrLeavesItsNamespaces) {
  for (const auto confinement : all) {
    EXPECT_EQ(
        confined(confinement, [] { return error_of(::mount("x", "/tmp", "tmpfs", 0, nullptr)); }),
        EPERM);
    EXPECT_EQ(confined(confinement, [] { return error_of(::unshare(CLONE_NEWNS)); }), EPERM);
    EXPECT_EQ(confined(confinement,
                       [] { return error_of(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }),
              EPERM);
    EXPECT_EQ(
        confined(confinement, [] { return error_of(::syscall(SYS_io_uring_setup, 1, nullptr)); }),
        EPERM);
    EXPECT_EQ(confined(confinement,
                       [] {
                         return error_of(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr,
                                                   nullptr, nullptr, nullptr));
                       }),
              EPERM);
    EXPECT_EQ(confined(confinement, [] { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }), 1);
  }
}

TEST(SyscallFilter, WhoGivesFilesToNobodySucceedsAndChangesNothing) {
  char name[] = "/tmp/owned-XXXXXX";
  const int file = ::mkstemp(name);
  const pid_t child = ::fork();
  if (child == 0) {
    if (give_files_to_nobody() != 0) ::_exit(255);
    const bool all_succeed = ::chown(name, 77, 77) == 0 && ::lchown(name, 77, 77) == 0 &&
                             ::fchown(file, 77, 77) == 0 &&
                             ::fchownat(AT_FDCWD, name, 77, 77, AT_SYMLINK_NOFOLLOW) == 0;
    ::_exit(all_succeed && ::chmod(name, 0640) == 0 ? run_true() : 1);
  }
  int ended = 0;
  ::waitpid(child, &ended, 0);
  struct stat status {};
  ::fstat(file, &status);
  ::close(file);
  ::unlink(name);
  EXPECT_EQ(ended, 0);
  EXPECT_EQ(status.st_uid, ::getuid());
  EXPECT_EQ(status.st_gid, ::getgid());
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST(SyscallFilter, ABuilderRunsProgramsAndHasTheNetwork) {
  EXPECT_EQ(confined(Confinement::builder, run_true), 0);
  EXPECT_EQ(confined(Confinement::builder, open_socket), 0);
}

TEST(SyscallFilter, TheUsersSideHasTheNetworkAndRunsNoProgram) {
  EXPECT_EQ(confined(Confinement::users_side, run_true), EPERM);
  EXPECT_EQ(confined(Confinement::users_side, open_socket), 0);
}

TEST(SyscallFilter, TheStoresSideHasThreadsAndNothingElse) {
  EXPECT_EQ(confined(Confinement::stores_side, open_socket), EPERM);
  EXPECT_EQ(confined(Confinement::stores_side, run_true), EPERM);
  EXPECT_EQ(confined(Confinement::stores_side, start_thread), 0);
  EXPECT_EQ(confined(Confinement::stores_side,
                     [] { return error_of(::execl("/bin/true", "true", nullptr)); }),
            EPERM);
  EXPECT_EQ(confined(Confinement::stores_side,
                     [] { return error_of(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }),
            0);
}

}  // namespace
}  // namespace chainer::syscall_filter_test
