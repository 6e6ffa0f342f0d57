// A folder for one test, gone with it.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace chainer::fixtures {

class ScratchFolder {
 public:
  /// Below `parent`, whose owner and mode the test may rely on.
  explicit ScratchFolder(const std::string& parent = "/var/tmp")
      : path_(parent + "/chainer-test.XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
    ::chmod(path_.c_str(), 0755);
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  std::string make_folder(const std::string& name, mode_t mode = 0755,
                          uid_t owner = ::getuid()) const {
    auto path = *this / name;
    std::filesystem::create_directories(path);
    ::chmod(path.c_str(), mode);
    [[maybe_unused]] const int owned = ::chown(path.c_str(), owner, static_cast<gid_t>(owner));
    return path;
  }

  std::string make_file(const std::string& name, const std::string& text = "", mode_t mode = 0644,
                        uid_t owner = ::getuid()) const {
    auto path = *this / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    [[maybe_unused]] const int owned = ::chown(path.c_str(), owner, static_cast<gid_t>(owner));
    return path;
  }

 private:
  std::string path_;
};

inline std::string contents_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace chainer::fixtures
