#include "spank_plugin/layer_promise.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "core/job_layers.hpp"
#include "spank_plugin/roots_folder.hpp"

namespace chainer {
namespace {

/// In a folder that root alone can write to, and closed to others: no user can hold the lock.
Result<UniqueFd> open_promise(const std::string& run_dir) {
  TRY(own_folder(run_dir, 0755));
  const auto path = promise_file(run_dir);
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!file) return Error::from_errno("cannot open " + path, errno);
  return file;
}

}  // namespace

Result<UniqueFd> promise_to_remove_layers(const std::string& run_dir) {
  constexpr int most_tries = 100;
  constexpr useconds_t pause = 10'000;
  TRY_ASSIGN(auto file, open_promise(run_dir));
  for (int i = 0;; ++i, ::usleep(pause)) {
    // Shared: several slurmds may run on one machine. Whoever asks holds it for a moment.
    if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return file;
    if (errno != EWOULDBLOCK && errno != EINTR)
      return Error::from_errno("cannot lock " + promise_file(run_dir), errno);
    if (i < most_tries) continue;
    // The step that asks was stopped by its owner, and slurmd has to start. No slurmd has promised
    // anything by that file.
    ::unlink(promise_file(run_dir).c_str());
    TRY_ASSIGN(file, open_promise(run_dir));
    i = 0;
  }
}

Result<void> check_layers_will_be_removed(const std::string& run_dir) {
  TRY_ASSIGN(const auto file, open_promise(run_dir));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return {};
  return Error{"cannot make a layer: slurmd on this node would not remove it when the job ends",
               "leave --chainer-layer out; an administrator must add the line 'optional "
               "spank_chainer_epilog.so' to this node's plugstack.conf, and restart slurmd"};
}

}  // namespace chainer
