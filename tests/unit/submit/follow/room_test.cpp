#include "submit/follow/room.hpp"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "temporary_folder.hpp"

namespace chainer::room_test {
namespace {

/// From here on a call gives this error to this process, as the kernel would.
void have_fail(unsigned call, unsigned error_number) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error_number),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) ::_exit(99);
}

/// What has_room says of a folder in a process in which a call fails.
[[noreturn]] void answer_where(unsigned call, unsigned error_number, const std::string& folder) {
  have_fail(call, error_number);
  ::_exit(follow::has_room(folder) ? 1 : 0);
}
const testing::ExitedWithCode no_room(0), room(1);

TEST(Room, IsWhereFilesCanBeWritten) {
  const TemporaryFolder folder;
  EXPECT_TRUE(follow::has_room(folder.path()));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_TRUE(follow::has_room("/nowhere"));
}

TEST(Room, IsNotWhereAQuotaIsUsedUp) {
  const TemporaryFolder folder;
  for (const int call : {SYS_write, SYS_fsync, SYS_openat})
    EXPECT_EXIT(answer_where(static_cast<unsigned>(call), EDQUOT, folder.path()), no_room, "");
  EXPECT_EXIT(answer_where(SYS_fsync, EIO, folder.path()), room, "");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace chainer::room_test
