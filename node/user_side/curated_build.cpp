#include "node/user_side/curated_build.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "core/argument_array.hpp"
#include "core/child_end.hpp"

namespace chainer::user_side {
namespace {

/// With its own groups and home: srun is to run as if the curator had called it.
Result<void> become_curator(const std::string& name) {
  errno = 0;
  const passwd* account = ::getpwnam(name.c_str());
  if (account == nullptr) {
    return Error{"the curator's account '" + name + "' does not exist on this machine",
                 "make it here and on every node: useradd --create-home " + name, errno,
                 Fault::node};
  }
  if (::geteuid() == account->pw_uid) return {};
  if (::geteuid() != 0) {
    return Error{"only root and the curator '" + name + "' can make an environment for everybody",
                 "run it as root", EPERM, Fault::user};
  }
  if (::initgroups(name.c_str(), account->pw_gid) != 0 ||
      ::setresgid(account->pw_gid, account->pw_gid, account->pw_gid) != 0 ||
      ::setresuid(account->pw_uid, account->pw_uid, account->pw_uid) != 0) {
    return Error::from_errno("cannot become the curator '" + name + "'", errno);
  }
  ::setenv("HOME", account->pw_dir, 1);
  ::setenv("USER", name.c_str(), 1);
  ::setenv("LOGNAME", name.c_str(), 1);
  return {};
}

}  // namespace

Result<int> build_curated(const CuratedBuild& wanted) {
  if (wanted.curator.empty()) {
    return Error{"the site has no curator: nobody's environments serve everybody",
                 "name an account in plugin.conf, the same on every node: curator NAME"};
  }
  TRY(become_curator(wanted.curator));
  std::vector<std::string> words{"srun", "--nodes=1", "--ntasks=1", "--mpi=none"};
  words.insert(words.end(), wanted.srun_options.begin(), wanted.srun_options.end());
  words.insert(words.end(), {"--chainer-prepare", "--chainer-image=" + wanted.image,
                             "--chainer-env=" + wanted.file, "true"});
  const auto arguments = argument_array(words);
  const pid_t child = ::fork();
  if (child < 0) return Error::from_errno("cannot start a process", errno);
  if (child == 0) {
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  return shell_exit_code(wait_for_end(child));
}

}  // namespace chainer::user_side
