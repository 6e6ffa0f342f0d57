// A bare root file system, without an image around it: a folder, or what a squashfs file holds.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "node/archive/tar_writer.hpp"
#include "node/archive/tree_stamp.hpp"

namespace chainer::archive {

class RootTree {
 public:
  virtual ~RootTree() = default;
  /// All of it as a tar stream: sorted, so that the same content gives the same bytes. Owners,
  /// modes, times and hard links are kept; devices and sockets are left out, since a container has
  /// the node's.
  virtual Result<void> write_tar(const Sink& sink) = 0;
  /// The content of a regular file of at most `limit` bytes, such as `etc/hostname`; empty when
  /// there is none. Links are not followed.
  virtual std::optional<std::string> small_file(const std::string& path, std::size_t limit) = 0;
  /// What it is known by as long as nothing in it changes. Take it before write_tar.
  virtual Result<TreeStamp> stamp() = 0;
  /// What a person should know of the last write_tar; empty when there is nothing.
  virtual std::string remark() const { return {}; }
};

}  // namespace chainer::archive
