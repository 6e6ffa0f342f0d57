#include "plugin/forbidden_calls.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <vector>

namespace chainer::fixtures {

void forbid_work() {
  // Not SYS_fork, with which the fake Slurm itself starts its tasks.
  constexpr unsigned forbidden[] = {
      SYS_open,  SYS_openat,     SYS_openat2, SYS_creat,     SYS_socket,       SYS_socketpair,
      SYS_pipe,  SYS_pipe2,      SYS_clone,   SYS_clone3,    SYS_vfork,        SYS_execve,
      SYS_stat,  SYS_newfstatat, SYS_statx,   SYS_access,    SYS_readlink,     SYS_unshare,
      SYS_setns, SYS_mount,      SYS_fsopen,  SYS_open_tree, SYS_memfd_create, SYS_prctl};
  std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const unsigned number : forbidden) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    ::_exit(96);
  }
}

}  // namespace chainer::fixtures
