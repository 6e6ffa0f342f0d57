// Starts a prolog in the container the way Slurm's own program does on the host, which cannot be
// started there: it needs the host's libraries. Slurm gives the arguments and decides what is done
// (src/common/run_command.c): descriptors beyond the first three are closed, the process leads a
// group of its own, and its real user and group are the effective ones.
//
//   chainer-launcher MODE PATH WORD…     MODE is Slurm's word for this; WORD… is the prolog's argv

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace {

constexpr int cannot_start = 127;  // as Slurm's own has it
constexpr int words_before_the_prologs = 3;

int failed(const char* what) {
  std::fprintf(stderr, "chainer: cannot start the prolog: %s: %s\n", what, std::strerror(errno));
  return cannot_start;
}

}  // namespace

int main(int count, char** arguments) {
  if (count <= words_before_the_prologs) {
    std::fputs("chainer: this program is for Slurm to start a prolog with\n", stderr);
    return cannot_start;
  }
  if (::close_range(STDERR_FILENO + 1, ~0u, 0) != 0) return failed("close_range");
  ::setpgid(0, 0);
  if (::setresgid(::getegid(), ::getegid(), static_cast<gid_t>(-1)) != 0)
    return failed("setresgid");
  if (::setresuid(::geteuid(), ::geteuid(), static_cast<uid_t>(-1)) != 0)
    return failed("setresuid");
  const char* path = arguments[words_before_the_prologs - 1];
  ::execv(path, arguments + words_before_the_prologs);
  return failed(path);
}
