#include "core/syscall_filter.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

// Numbers that the C library's headers may be too old for; they are the same on all processors.
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#define SYS_fspick 433
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

namespace chainer {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0;
#endif

/// Calls that nobody needs: neither a side of a preparation nor a compiler.
constexpr std::array nobodys {
  SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_open_tree, SYS_move_mount, SYS_fsopen,
      SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_mount_setattr,  // mounts
      SYS_setns, SYS_unshare,                                    // namespaces
      SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd,  // others
      SYS_add_key, SYS_request_key, SYS_keyctl,                                            // keys
      SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter,
      SYS_io_uring_register,  // much attacked
      SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_kexec_file_load,
      SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl, SYS_syslog, SYS_vhangup,
      SYS_sethostname, SYS_setdomainname, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime,
      SYS_adjtimex, SYS_open_by_handle_at, SYS_fanotify_init,
      SYS_lookup_dcookie,  // an administrator's
#if defined(__x86_64__)
      SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
};

constexpr std::uint32_t new_namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                                         CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

constexpr std::array programs{SYS_execve, SYS_execveat};

constexpr std::array givers {
  SYS_fchown, SYS_fchownat,
#if defined(__x86_64__)
      SYS_chown, SYS_lchown,
#endif
};

constexpr std::array network_and_processes {
  SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_sendto, SYS_sendmsg,
      SYS_sendmmsg,
#if defined(__x86_64__)
      SYS_fork, SYS_vfork,
#endif
};

constexpr std::uint32_t refusal = SECCOMP_RET_ERRNO | EPERM;

/// A program for the kernel's filter, made of whole decisions.
class Filter {
 public:
  /// `of_others` is what becomes of a 32-bit program's calls: their numbers mean other ones.
  explicit Filter(std::uint32_t of_others) {
    load(offsetof(seccomp_data, arch));
    add(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0);
    add(BPF_RET | BPF_K, of_others, 0, 0);
    load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
    constexpr std::uint32_t x32 = 0x40000000;
    add(BPF_JMP | BPF_JGE | BPF_K, x32, 0, 1);
    add(BPF_RET | BPF_K, of_others, 0, 0);
#endif
  }

  template <std::size_t size>
  void refuse_all(const std::array<int, size>& numbers) {
    for (const int number : numbers) refuse_call(number, EPERM);
  }

  void refuse_call(int number, int error) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1);
    refuse(error);
  }

  /// Makes `clone3` look as if it were not there, since a filter cannot read its arguments: libc
  /// then takes `clone`.
  void refuse_clone3() { refuse_call(SYS_clone3, ENOSYS); }

  void refuse_clone_with(std::uint32_t any_of_these) { refuse_clone(any_of_these, 0, 1); }
  void refuse_clone_without(std::uint32_t this_flag) { refuse_clone(this_flag, 1, 0); }

  int install() {
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    if (size_ > code_.size()) return E2BIG;
    const sock_fprog program{static_cast<unsigned short>(size_), code_.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    const auto failed = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    return failed != 0 ? errno : 0;
  }

 private:
  /// Refuses `clone` by its flags. The last two say how many instructions are skipped: one lets the
  /// call pass.
  void refuse_clone(std::uint32_t flags, std::uint8_t if_any_is_set, std::uint8_t if_none_is) {
    add(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
    load(offsetof(seccomp_data, args));
    add(BPF_JMP | BPF_JSET | BPF_K, flags, if_any_is_set, if_none_is);
    refuse(EPERM);
    load(offsetof(seccomp_data, nr));
  }
  void load(std::size_t offset) {
    add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset), 0, 0);
  }
  void refuse(int error) {
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error), 0, 0);
  }
  void add(int code, std::uint32_t value, std::uint8_t if_true, std::uint8_t if_false) {
    if (size_ < code_.size()) {
      code_[size_] = {static_cast<std::uint16_t>(code), if_true, if_false, value};
    }
    ++size_;
  }

  std::array<sock_filter, 256> code_{};
  std::size_t size_{0};
};

}  // namespace

int give_up_system_calls(Confinement confinement) {
  if (architecture == 0) return ENOSYS;
  Filter filter(refusal);
  filter.refuse_all(nobodys);
  filter.refuse_clone3();
  filter.refuse_clone_with(new_namespaces);
  if (confinement != Confinement::builder) filter.refuse_all(programs);
  if (confinement == Confinement::stores_side) {
    filter.refuse_all(network_and_processes);
    filter.refuse_clone_without(CLONE_THREAD);
  }
  return filter.install();
}

int give_files_to_nobody() {
  if (architecture == 0) return ENOSYS;
  Filter filter(SECCOMP_RET_ALLOW);
  for (const int number : givers) filter.refuse_call(number, 0);  // without an error: it succeeds
  return filter.install();
}

}  // namespace chainer
