#include "spank_plugin/privileges.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace chainer {
namespace {

struct Capabilities {
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
};

__user_cap_header_struct own_header() { return {_LINUX_CAPABILITY_VERSION_3, 0}; }

bool get(Capabilities& caps) {
  auto header = own_header();
  return ::syscall(SYS_capget, &header, caps.data) == 0;
}

bool set(const Capabilities& caps) {
  auto header = own_header();
  return ::syscall(SYS_capset, &header, caps.data) == 0;
}

constexpr std::uint32_t bit(int capability) { return 1u << capability; }
static_assert(CAP_SYS_ADMIN < 32 && CAP_SYS_CHROOT < 32 && CAP_SETPCAP < 32);

/// What root in a user namespace keeps: files' owners and modes, users and groups of its own,
/// signals, chroot. Not mounting, making devices, tracing or configuring anything.
constexpr std::uint32_t of_root_inside = bit(CAP_CHOWN) | bit(CAP_DAC_OVERRIDE) | bit(CAP_FOWNER) |
                                         bit(CAP_FSETID) | bit(CAP_KILL) | bit(CAP_SETGID) |
                                         bit(CAP_SETUID) | bit(CAP_SYS_CHROOT);

/// This matters for a job of uid 0 only. A process without CAP_SETPCAP cannot change the bounding
/// set and does not need to: no_new_privs already denies what an exec could gain.
void drop_bounding_set() {
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
}

/// Async-signal-safe. Returns 0, or errno.
int drop_all() {
  if (::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0) return errno;
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return errno;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  if (!set(Capabilities{})) return errno;
  return 0;
}

}  // namespace

Result<void> keep_capabilities_over_setuid() {
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) {
    return Error::from_errno("cannot keep capabilities over setuid", errno);
  }
  return {};
}

Result<void> raise_namespace_capabilities() {
  Capabilities caps;
  if (!get(caps)) return Error::from_errno("cannot read the capabilities", errno);
  caps.data[0].effective |= caps.data[0].permitted & (bit(CAP_SYS_ADMIN) | bit(CAP_SYS_CHROOT));
  // For the bounding set of a job of uid 0; dropped with the rest in drop_every_capability.
  caps.data[0].effective |= caps.data[0].permitted & bit(CAP_SETPCAP);
  if (!set(caps)) return Error::from_errno("cannot raise the capabilities for setns", errno);
  return {};
}

Result<void> drop_every_capability() {
  drop_bounding_set();
  if (const int failure = drop_all(); failure != 0) {
    return Error::from_errno("cannot drop the capabilities", failure);
  }
  Capabilities left;
  if (!get(left)) return Error::from_errno("cannot read the capabilities", errno);
  for (const auto& word : left.data) {
    if ((word.effective | word.permitted | word.inheritable) != 0) {
      return Error{"cannot drop the capabilities: some are left", ""};
    }
  }
  return {};
}

Result<void> drop_what_setuid_left() {
  if (::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0 ||
      ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 || !set(Capabilities{}))
    return Error::from_errno("cannot drop the capabilities", errno);
  return {};
}

Result<void> keep_what_root_inside_needs() {
  const auto failed = [] {
    return Error::from_errno("cannot give up capabilities in the container", errno);
  };
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    const bool stays = capability < 32 && (of_root_inside & bit(capability)) != 0;
    if (!stays && ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return failed();
  }
  Capabilities kept;
  kept.data[0].effective = kept.data[0].permitted = of_root_inside;
  if (::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0 ||
      ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !set(kept))
    return failed();
  return {};
}

int become(const Account& account) {
  // The kernel reads -1 as "leave it as it is", which is root.
  if (account.uid == static_cast<uid_t>(-1) || account.gid == static_cast<gid_t>(-1)) return EINVAL;
  drop_bounding_set();  // while there is CAP_SETPCAP
  if (::setgroups(account.groups.size(), account.groups.data()) != 0) return errno;
  if (::setresgid(account.gid, account.gid, account.gid) != 0) return errno;
  if (::setresuid(account.uid, account.uid, account.uid) != 0) return errno;
  return drop_all();
}

}  // namespace chainer
