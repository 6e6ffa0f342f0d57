#include "submit/run/passed_file.hpp"

#include <sys/mman.h>

#include <cerrno>

#include "core/fd_io.hpp"

namespace chainer::run {

Result<PassedFile> PassedFile::with(const std::string& text) {
  UniqueFd fd(::memfd_create("chainer-passed", 0));  // children get it: no MFD_CLOEXEC
  if (!fd) return Error::from_errno("cannot pass a file on", errno);
  TRY(write_all(fd.get(), text));
  return PassedFile(std::move(fd));
}

}  // namespace chainer::run
