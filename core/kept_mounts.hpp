// Mounts that root keeps on a node between steps, each with a note of what it is.
//
// They lie in a folder of root's own: FOLDER/<number>/root is the mount, and FOLDER/<number>/record
// its note. Numbers, since every user of a node sees the names of mount points
// (/proc/self/mountinfo).
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

class KeptMounts {
 public:
  /// `folder` is FOLDER itself, opened; `path` its name, for mounts that are removed.
  KeptMounts(UniqueFd folder, std::string path)
      : folder_(std::move(folder)), path_(std::move(path)) {}

  /// Nothing where there is no such folder. An error where others than root can change it.
  static Result<std::optional<KeptMounts>> existing(const std::string& path);

  int folder() const { return folder_.get(); }

  struct Record {
    unsigned number;
    std::string text;
    timespec last_use;
  };
  /// The notes that can be read, by number.
  std::vector<Record> records() const;

  /// Makes the folder of a number where it is missing, empties it, and writes its record.
  Result<void> assign(unsigned number, std::string_view record) const;
  /// The place that a mount lies on, or is to lie on (O_PATH).
  Result<UniqueFd> open_root(unsigned number) const;
  /// The same where the mount is the one that its record speaks of: `device` is its st_dev. Nothing
  /// where it is another one by now, or none.
  std::optional<UniqueFd> open_mount(unsigned number, std::uint64_t device) const;
  /// Notes a use, which decides whose mount goes first.
  void touch(unsigned number) const;
  /// Unmounts a number's mount. Steps that have it keep their own.
  void drop(unsigned number) const;
  /// Unmounts all, and removes their folders. A mount namespace that was made meanwhile has copies,
  /// which the kernel takes away with the folder that they lie on.
  void remove_all() const;

 private:
  std::vector<unsigned> numbers() const;

  UniqueFd folder_;
  std::string path_;
};

/// The number that a word of a record is, and nothing else.
std::optional<std::uint64_t> number_of(std::string_view word);

}  // namespace chainer
