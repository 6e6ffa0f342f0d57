// The mounts that show the image in a container's root, and ways through them that touch no other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/container/bind.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// Where a path of the container leads on the image's own mounts.
struct Way {
  enum class End {
    found,    ///< `place` is it
    missing,  ///< the image has nothing there
    beyond,   ///< it goes on in another mount
    failed,   ///< error_number says why
  };
  End end;
  UniqueFd place{};
  /// when missing: which part of the root folder lacks something; empty: that folder itself
  std::string top{};
  int error_number{0};
};

/// One mount with the whole image, or a root folder of its own with mounts of the image's parts in
/// it. A path is resolved name by name, as a process with this root would, but never beyond these
/// mounts: what lies there may be a user's file system, which could hold root for ever, or a folder
/// that the user may not enter.
class ImageMounts {
 public:
  explicit ImageMounts(UniqueFd root) : root_(std::move(root)) {}

  int root() const { return root_.get(); }

  /// `mount` is attached at `name` of the root folder, and shows what the image has there.
  void add_part(std::string name, UniqueFd mount);

  /// Something else was attached at `path`, which is absolute and holds no link.
  void cover(const std::string& path);

  Result<void> make_read_only() const;

  Way find(const std::string& path) const;

  /// The same, and makes what is missing on the way: folders, and at the end what `kind` says.
  /// Root-owned. A dangling link gets its target.
  Way find_or_make(const std::string& path, Bind::Kind kind) const;

 private:
  class Walk;
  struct Part {
    std::string name;
    UniqueFd mount;
    bool is_covered{false};
  };
  const Part* part_called(std::string_view name) const;
  /// Of a path without links and other mounts, which most are: by one call. Else nothing.
  UniqueFd open_straight(std::string_view path) const;

  UniqueFd root_;
  std::vector<Part> parts_{};
};

}  // namespace chainer
