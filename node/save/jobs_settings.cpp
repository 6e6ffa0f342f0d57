#include "node/save/jobs_settings.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "core/unique_fd.hpp"

namespace chainer::save {

void take_on_jobs_umask() {
  constexpr mode_t closed = 077;
  const char* said = std::getenv("SLURM_UMASK");
  ::umask(said == nullptr ? closed : static_cast<mode_t>(std::strtoul(said, nullptr, 8)) & 0777);
}

void take_up_terminal_again() {
  if (::write(STDERR_FILENO, "", 0) == 0 || errno != EIO) return;
  const UniqueFd again(::open("/proc/self/fd/2", O_WRONLY | O_NOCTTY | O_CLOEXEC));
  if (again) ::dup2(again.get(), STDERR_FILENO);
}

}  // namespace chainer::save
