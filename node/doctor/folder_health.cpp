#include "node/doctor/folder_health.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace chainer::doctor {

std::vector<SharedFolder> look_at_folders(const std::vector<std::string>& paths) {
  std::vector<SharedFolder> folders;
  for (const auto& path : paths) {
    auto& folder = folders.emplace_back(SharedFolder{path});
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
      folder.failure = std::strerror(errno);
    else if (!S_ISDIR(status.st_mode))
      folder.failure = "it is no folder";
    folder.inode = status.st_ino;
    folder.is_writable = ::access(path.c_str(), W_OK | X_OK) == 0;
  }
  return folders;
}

HealthFindings check_folders(const std::vector<SharedFolder>& folders) {
  HealthFindings found;
  for (const auto& folder : folders) {
    if (!folder.failure.empty()) {
      found.push_back({HealthLevel::problem,
                       "the folder of runs cannot be seen here: " + folder.failure, folder.path,
                       "jobs end here without a log", "mount its file system on this node"});
    } else if (!folder.is_writable) {
      found.push_back({HealthLevel::problem, "the folder of runs cannot be written here",
                       folder.path, "jobs end here without a log",
                       "mount its file system for writing, and see its mode"});
    }
  }
  return found;
}

}  // namespace chainer::doctor
