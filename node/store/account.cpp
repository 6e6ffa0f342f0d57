#include "node/store/account.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace chainer::store {

Result<void> become_account(const std::string& name) {
  errno = 0;
  const passwd* account = ::getpwnam(name.c_str());
  if (account == nullptr) {
    return Error{"the account '" + name + "' does not exist",
                 "an administrator must make it: useradd --system " + name, errno, Fault::node};
  }
  if (::geteuid() == account->pw_uid) return {};
  if (::geteuid() != 0) {
    return Error{"only root and the account '" + name + "' may do this", "run it as root", EPERM,
                 Fault::user};
  }
  if (::setgroups(0, nullptr) != 0 ||
      ::setresgid(account->pw_gid, account->pw_gid, account->pw_gid) != 0 ||
      ::setresuid(account->pw_uid, account->pw_uid, account->pw_uid) != 0) {
    return Error::from_errno("cannot become the account '" + name + "'", errno);
  }
  return {};
}

}  // namespace chainer::store
