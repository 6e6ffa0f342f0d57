// A root file system in a folder of the user's.
#pragma once

#include <sys/stat.h>

#include <map>
#include <utility>
#include <vector>

#include "core/unique_fd.hpp"
#include "node/source/root_tree.hpp"

namespace chainer::source {

/// What the user cannot read keeps its name, owner and mode, and is empty: in a container, too, its
/// owner and mode keep the user from reading it. Other file systems mounted below the folder, such
/// as /proc, stay out.
class FolderTree : public RootTree {
 public:
  static Result<FolderTree> open(const std::string& path);

  Result<void> write_tar(const archive::Sink& sink) override;
  std::optional<std::string> small_file(const std::string& path, std::size_t limit) override;
  std::string remark() const override;

 private:
  FolderTree(std::string path, UniqueFd root, dev_t device)
      : path_(std::move(path)), root_(std::move(root)), device_(device) {}

  Result<void> add_content(archive::TarWriter& tar, const UniqueFd& folder,
                           const std::string& path);
  Result<void> add(archive::TarWriter& tar, int folder, const std::string& name,
                   const std::string& path);
  Result<void> add_folder(archive::TarWriter& tar, int folder, const std::string& name,
                          const archive::TarEntry& entry, const struct stat& status);
  Result<void> add_file(archive::TarWriter& tar, int folder, const std::string& name,
                        archive::TarEntry entry, const struct stat& status);
  Result<void> add_link(archive::TarWriter& tar, int folder, const std::string& name,
                        archive::TarEntry entry);
  Error cannot_read(const std::string& path, int error_number) const;
  void note_unreadable(const std::string& path);

  std::string path_;
  UniqueFd root_;
  dev_t device_;
  std::map<std::pair<dev_t, ino_t>, std::string>
      linked_{};  ///< files with several names: the first
  std::size_t unreadable_{0};
  std::string first_unreadable_{};
  std::vector<char> buffer_ = std::vector<char>(std::size_t{256} << 10);
};

}  // namespace chainer::source
