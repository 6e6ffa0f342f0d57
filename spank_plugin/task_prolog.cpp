#include "spank_plugin/task_prolog.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/unique_fd.hpp"

namespace chainer {
namespace {

/// The program of a "#!" line; empty when there is none to be read.
std::string interpreter_of(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  std::array<char, 256> head{};  // BINPRM_BUF_SIZE: the kernel reads no more either
  const ssize_t got = file ? ::read(file.get(), head.data(), head.size()) : -1;
  std::string_view line(head.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  if (!line.starts_with("#!")) return {};
  line = line.substr(2, line.find('\n') - 2);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return std::string(line.substr(0, line.find_first_of(" \t\r")));
}

Error cannot_run(const std::string& prolog, const std::string& missing, int error_number) {
  return Error::from_errno(
             "cannot run the site's TaskProlog " + prolog + " in the container: " + missing,
             error_number)
      .with_hint("use an image that has it, or ask an administrator to make it a static program");
}

}  // namespace

Result<void> check_task_prolog(const std::string& path) {
  if (path.empty()) return {};
  if (::access(path.c_str(), X_OK) != 0) return cannot_run(path, path, errno);
  const std::string interpreter = interpreter_of(path);
  if (!interpreter.empty() && ::access(interpreter.c_str(), X_OK) != 0)
    return cannot_run(path, interpreter, errno);
  return {};
}

}  // namespace chainer
