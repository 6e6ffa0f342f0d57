// The merged file system of an image's layers, taken top first: names, attributes, who hides whom.
// Knows nothing of tar or squashfs; file contents are somebody else's.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "node/archive/file_attributes.hpp"

struct sqfs_inode_generic_t;

namespace chainer::squashfs {

/// What names lead to. Hard links share one.
struct Inode {
  archive::FileType type{archive::FileType::directory};
  archive::Attributes attributes{};
  std::string target{};     ///< of a symlink
  std::uint32_t device{0};  ///< of a device node, as squashfs encodes it
  /// Contents of a regular file: owned by the SquashfsWriter, which may move it until it is
  /// finished.
  sqfs_inode_generic_t* contents{nullptr};

  // Set while the tree is written.
  std::uint32_t links{0};
  std::uint32_t number{0};
  std::uint64_t reference{0};
  bool written{false};
};

/// Layers count from the top: a layer is hidden by marks of layers with smaller numbers.
using LayerNumber = std::uint32_t;
inline constexpr LayerNumber no_layer = std::numeric_limits<LayerNumber>::max();

struct Node {
  Node* parent{nullptr};
  std::map<std::string, std::unique_ptr<Node>, std::less<>> children{};
  /// Null for a directory that no layer lists, a whiteout, and a link that waits for its file.
  Inode* inode{nullptr};
  LayerNumber layer{no_layer};           ///< which one brought the inode
  LayerNumber populated{no_layer};       ///< topmost layer that has something to show below
  LayerNumber seals_self{no_layer};      ///< layers below this one do not show their own file here
  LayerNumber seals_children{no_layer};  ///< nor anything below it

  /// True when the name is part of the result.
  bool is_shown() const { return inode != nullptr || populated != no_layer; }
  bool is_directory() const {
    return inode != nullptr ? inode->type == archive::FileType::directory : populated != no_layer;
  }
};

class FileTree {
 public:
  /// `largest` bounds the names that it remembers, and so its memory.
  explicit FileTree(std::uint64_t largest) : names_left_(largest) {}

  /// What follows belongs to the layer below the one so far.
  void next_layer() { ++layer_; }
  LayerNumber layer() const { return layer_; }

  // What the current layer says. A path goes through symlinks of the same layer, as tar would.
  Result<void> add_directory(std::string_view path, const archive::Attributes& attributes);
  /// A place for anything but a directory; null when upper layers hide it. Its inode is null until
  /// the caller sets it, and it replaces what the same layer had there before.
  Result<Node*> place_file(std::string_view path);
  /// `path` of the layers below is gone.
  Result<void> white_out(std::string_view path);
  /// What the layers below have in the directory `path` is gone.
  Result<void> make_opaque(std::string_view path);
  /// The file that this layer itself shows at `path`; null when it has none or it is hidden.
  Result<Inode*> shown_by_this_layer(std::string_view path);

  Inode* new_inode(archive::FileType type, const archive::Attributes& attributes);

  // After the last layer: paths go through all symlinks, missing directories are made.
  /// A place for a file, whatever was there; a directory there is refused.
  Result<Node*> replace_file(std::string_view path);
  /// The node at `path` itself, a symlink not followed; a missing one is there but not shown.
  Result<Node*> node_at(std::string_view path);
  /// Makes a node that is not shown a directory.
  void make_directory(Node& node, const archive::Attributes& attributes);

  Node& root() { return root_; }
  std::deque<Inode>& inodes() { return inodes_; }

 private:
  enum class Follow { this_layer, all };
  enum class Parents {
    as_they_are,
    shown,  ///< an entry makes its folders exist, even where it is hidden itself
  };

  Result<Node*> descend(std::vector<std::string_view> names, Follow follow,
                        Parents parents = Parents::as_they_are);
  Result<Node*> child(Node& parent, std::string_view name);
  bool hides_what_follows(const Node& node) const { return node.seals_children < layer_; }
  void show(Node& node);

  Node root_{};
  LayerNumber layer_{0};
  std::uint64_t names_left_;
  std::deque<Inode> inodes_{};
  // Replaced directories stay alive: links that wait for their file may point into them.
  std::vector<std::map<std::string, std::unique_ptr<Node>, std::less<>>> buried_{};
};

}  // namespace chainer::squashfs
