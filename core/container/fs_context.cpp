#include "core/container/fs_context.hpp"

#include <unistd.h>

#include <array>

namespace chainer {

Result<FsContext> FsContext::open(const char* type) {
  UniqueFd fd(::fsopen(type, FSOPEN_CLOEXEC));
  if (!fd) return Error::from_errno(std::string("cannot use the file system ") + type, errno);
  return FsContext(type, std::move(fd));
}

Result<UniqueFd> FsContext::mount(MountFlags flags) {
  TRY(configure(FSCONFIG_CMD_CREATE, nullptr, nullptr));
  UniqueFd tree(::fsmount(fd_.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(flags.set)));
  if (!tree) return failed(errno);
  return tree;
}

Result<void> FsContext::configure(fsconfig_command command, const char* key, const char* value) {
  if (::fsconfig(fd_.get(), command, key, value, 0) == 0) return {};
  return failed(errno);
}

Error FsContext::failed(int error_number) const {
  auto error = Error::from_errno(std::string("cannot mount ") + type_, error_number);
  std::array<char, 512> line{};
  const ssize_t got = ::read(fd_.get(), line.data(), line.size());
  // Lines look like "e lower layer not found\n": a letter for the severity, then the words.
  if (got > 2) {
    std::string words(line.data() + 2, static_cast<std::size_t>(got - 2));
    while (words.ends_with('\n')) words.pop_back();
    error.what += " (" + words + ")";
  }
  return error;
}

}  // namespace chainer
