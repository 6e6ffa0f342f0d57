#include "node/builder/work_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer::builder {

std::string work_file(const std::string& scratch, std::string_view name) {
  return scratch + "/" + std::string(work_folder_name) + "/" + std::string(name);
}

Result<void> make_work_folder(const std::string& scratch) {
  // Without `tmp` the builders' locks and a compiler's files would stay in the node's /tmp; `tmp`
  // is removed with the folder.
  for (const auto& folder :
       {scratch + "/" + std::string(work_folder_name), work_file(scratch, "tmp")}) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
      return Error::from_errno("cannot make the folder " + folder, errno);
    }
  }
  return {};
}

Result<void> write_file(const std::string& path, std::string_view text, unsigned mode) {
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!fd) return Error::from_errno("cannot write " + path, errno);
  if (auto written = write_all(fd.get(), text); !written)
    return std::move(written).error().within(path);
  return {};
}

Result<void> write_work_file(const std::string& scratch, std::string_view name,
                             std::string_view text) {
  return write_file(work_file(scratch, name), text, 0600);
}

}  // namespace chainer::builder
