// Merges layers, top first, into a FileTree and writes each shown file's contents once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/result.hpp"
#include "node/archive/byte_source.hpp"
#include "node/archive/tar_reader.hpp"
#include "node/squashfs/file_tree.hpp"
#include "node/squashfs/squashfs_writer.hpp"

namespace chainer::squashfs {

/// What becomes of a layer's whiteouts: they are used up on the layers below, or stay in the file,
/// in overlayfs's form, for what will lie below it later.
enum class Whiteouts { spent, stay };

class LayerMerge {
 public:
  /// Opens a layer from its start.
  using OpenLayer = std::function<Result<std::unique_ptr<archive::ByteSource>>()>;

  /// `largest_bytes` bounds the contents of all files together.
  LayerMerge(FileTree& tree, SquashfsWriter& writer, std::uint64_t largest_bytes,
             Whiteouts whiteouts)
      : tree_(tree), writer_(writer), bytes_left_(largest_bytes), whiteouts_(whiteouts) {}

  /// Merges the next lower layer. It is opened a second time only when a hard link shows a file
  /// whose own name an upper layer hides: its contents were skipped by then.
  Result<void> add_layer(const OpenLayer& open);
  /// After the last layer: an error when a hard link's file never came.
  Result<void> check_complete() const;

 private:
  /// A file of the current layer that upper layers hide, for hard links to it.
  struct HiddenFile {
    Inode* inode{nullptr};           ///< null: contents were skipped
    std::vector<Node*> wanted_by{};  ///< links that need them after all
  };

  Result<void> merge(archive::ByteSource& source);
  Result<void> add_entry(const archive::TarEntry& entry, archive::TarReader& tar);
  Result<void> white_out(const std::string& path);
  Result<void> add_hard_link(const archive::TarEntry& entry);
  Result<Inode*> inode_for(const archive::TarEntry& entry, archive::TarReader& tar);
  Result<void> write_contents(Inode& inode, const archive::TarEntry& entry,
                              archive::TarReader& tar);
  Result<void> read_hidden_files(archive::ByteSource& source);
  void begin_layer();
  std::string resolve_alias(std::string path) const;

  FileTree& tree_;
  SquashfsWriter& writer_;
  std::uint64_t bytes_left_;
  Whiteouts whiteouts_;

  // Of the current layer only.
  std::unordered_map<std::string, HiddenFile> hidden_{};
  std::unordered_map<std::string, std::string> aliases_{};  ///< links whose file is not known yet
  std::size_t wanted_{0};
  // Links whose file a lower layer has, by its path: of this layer, and of those above.
  using LinksByPath = std::map<std::string, std::vector<Node*>>;
  LinksByPath awaited_by_this_{};
  LinksByPath awaited_{};
};

}  // namespace chainer::squashfs
