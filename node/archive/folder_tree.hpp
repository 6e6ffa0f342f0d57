// A root file system in a folder of the user's.
#pragma once

#include <sys/stat.h>

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/unique_fd.hpp"
#include "node/archive/root_tree.hpp"

namespace chainer::archive {

/// Whom a writable container's files belong to, which are the user's there where the image has root's.
struct StandIn {
  uid_t user;
  gid_t group;
  /// What stands in front of a file's own text because of the user, by the file's path.
  std::map<std::string, std::string> lines{};
};

/// What the user cannot read keeps its name, owner and mode, and is empty: in a container, too, its
/// owner and mode keep the user from reading it. Other file systems mounted below the folder, such
/// as /proc, stay out.
class FolderTree : public RootTree {
 public:
  static Result<FolderTree> open(const std::string& path);
  /// The root folder of a container that is called `name` in messages. What everybody may read as
  /// its owner may becomes root's again, as in any image; what is for its owner alone stays the
  /// user's, who could not read it otherwise.
  static Result<FolderTree> of_container(UniqueFd root, std::string name, StandIn for_root);

  Result<void> write_tar(const Sink& sink) override;
  std::optional<std::string> small_file(const std::string& path, std::size_t limit) override;
  Result<TreeStamp> stamp() override { return stamp_of_folder(root_.get()); }
  std::string remark() const override;

 private:
  FolderTree(std::string path, UniqueFd root, dev_t device)
      : path_(std::move(path)), root_(std::move(root)), device_(device) {}

  Attributes attributes_of(const struct stat& status) const;
  Result<void> add_content(TarWriter& tar, const UniqueFd& folder, const std::string& path);
  Result<void> add(TarWriter& tar, int folder, const std::string& name, const std::string& path);
  Result<void> add_folder(TarWriter& tar, int folder, const std::string& name,
                          const TarEntry& entry, const struct stat& status);
  Result<void> add_file(TarWriter& tar, int folder, const std::string& name, TarEntry entry,
                        const struct stat& status);
  /// Where the file begins with lines of the user's: how many bytes they are. It is read from
  /// behind them then.
  std::uint64_t pass_lines_over(const TarEntry& entry, int file) const;
  Result<void> add_link(TarWriter& tar, int folder, const std::string& name, TarEntry entry);
  Error cannot_read(const std::string& path, int error_number) const;
  void note_unreadable(const std::string& path);

  std::string path_;
  UniqueFd root_;
  dev_t device_;
  std::optional<StandIn> for_root_{};
  std::map<std::pair<dev_t, ino_t>, std::string>
      linked_{};  ///< files with several names: the first
  std::size_t unreadable_{0};
  std::string first_unreadable_{};
  std::vector<char> buffer_ = std::vector<char>(std::size_t{256} << 10);
};

}  // namespace chainer::archive
