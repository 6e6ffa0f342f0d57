// A file that is there whole or not at all, and takes no other's place.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer::save {

class NewFile {
 public:
  /// Makes a file without a name beside `path`, or one called `unfinished` where the file system
  /// makes no others, such as NFS. The umask decides who may read it.
  static Result<NewFile> beside(const std::string& path, const std::string& unfinished);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  /// What was not finished goes.
  ~NewFile();

  int fd() const { return file_.get(); }
  /// On the disk, and called `path`; an error where something has that name.
  Result<void> finish();

 private:
  NewFile(std::string path, UniqueFd file, std::string unfinished)
      : path_(std::move(path)), file_(std::move(file)), unfinished_(std::move(unfinished)) {}

  std::string path_;
  UniqueFd file_;
  std::string unfinished_;  ///< empty: it has none
};

}  // namespace chainer::save
