#include "node/squashfs/file_tree.hpp"

#include <algorithm>
#include <climits>

#include "node/archive/archive_path.hpp"

namespace chainer::squashfs {
namespace {

constexpr int most_symlinks = 40;  // as path_resolution(7)

Error malformed(std::string what) { return {std::move(what), "", 0, Fault::user}; }

/// Puts the names of a path on a stack, first name on top.
void push_names(std::vector<std::string_view>& stack, std::string_view path) {
  const auto old_size = static_cast<std::ptrdiff_t>(stack.size());
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto name = path.substr(0, slash);
    if (!name.empty() && name != ".") stack.push_back(name);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  std::reverse(stack.begin() + old_size, stack.end());
}

}  // namespace

Result<Node*> FileTree::child(Node& parent, std::string_view name) {
  if (const auto found = parent.children.find(name); found != parent.children.end()) {
    return found->second.get();
  }
  if (names_left_ == 0) return malformed("the image has too many files");
  --names_left_;
  auto node = std::make_unique<Node>();
  node->parent = &parent;
  return parent.children.emplace(name, std::move(node)).first->second.get();
}

/// Walks to a node, making what is missing. Null: an upper layer hides it.
Result<Node*> FileTree::descend(std::vector<std::string_view> names, Follow follow,
                                Parents parents) {
  std::ranges::reverse(names);
  auto& stack = names;
  Node* at = &root_;
  int symlinks = 0;
  while (!stack.empty()) {
    const auto name = stack.back();
    stack.pop_back();
    if (name == "..") {  // from a symlink's target; a layer's own paths have none left
      if (at->parent != nullptr) at = at->parent;
      continue;
    }
    if (follow == Follow::this_layer && hides_what_follows(*at)) return nullptr;
    TRY_ASSIGN(Node* const node, child(*at, name));
    if (parents == Parents::shown) show(*node);
    if (stack.empty()) return node;

    const bool passable =
        node->inode == nullptr || node->inode->type == archive::FileType::directory;
    const bool ours = follow == Follow::all || node->layer == layer_;
    if (passable) {
      at = node;
    } else if (!ours) {
      return nullptr;
    } else if (node->inode->type != archive::FileType::symlink) {
      return malformed("'" + std::string(stack.back()) + "' lies below '" + std::string(name) +
                       "', which is no directory");
    } else {
      if (++symlinks > most_symlinks)
        return malformed("'" + std::string(name) + "' is a loop of symlinks");
      const std::string_view target = node->inode->target;
      if (target.starts_with('/')) at = &root_;
      push_names(stack, target);
      if (stack.size() > PATH_MAX) return malformed("a path through symlinks is too long");
    }
  }
  return at;
}

/// Something is at the node, or was, so the directories above it exist.
void FileTree::show(Node& node) {
  for (Node* above = node.parent; above != nullptr && above->populated > layer_;
       above = above->parent) {
    above->populated = layer_;
  }
}

Result<void> FileTree::add_directory(std::string_view path, const archive::Attributes& attributes) {
  TRY_ASSIGN(const auto names, archive::split_path(path));
  TRY_ASSIGN(Node* const node, descend(names, Follow::this_layer, Parents::shown));
  if (node == nullptr || node->seals_self < layer_) return {};
  if (node->inode != nullptr && node->layer < layer_) return {};

  if (node->inode != nullptr && node->inode->type == archive::FileType::directory) {
    node->inode->attributes = attributes;  // listed twice: the later one counts
    return {};
  }
  make_directory(*node, attributes);
  return {};
}

void FileTree::make_directory(Node& node, const archive::Attributes& attributes) {
  node.inode = new_inode(archive::FileType::directory, attributes);
  node.layer = layer_;
  show(node);
}

Result<Node*> FileTree::place_file(std::string_view path) {
  TRY_ASSIGN(const auto names, archive::split_path(path));
  if (names.empty()) return malformed("the root is listed as a file");
  TRY_ASSIGN(Node* const node, descend(names, Follow::this_layer, Parents::shown));
  if (node == nullptr || node->seals_self < layer_) return nullptr;

  const bool above_shows =
      (node->inode != nullptr && node->layer < layer_) || node->populated < layer_;
  // What lower layers have below this name stays hidden even under a directory of an upper layer:
  // this file had replaced it.
  node->seals_self = std::min(node->seals_self, layer_);
  node->seals_children = std::min(node->seals_children, layer_);
  if (above_shows) return nullptr;

  if (!node->children.empty()) buried_.push_back(std::exchange(node->children, {}));
  node->populated = no_layer;
  node->inode = nullptr;
  node->layer = layer_;
  return node;
}

Result<void> FileTree::white_out(std::string_view path) {
  TRY_ASSIGN(const auto names, archive::split_path(path));
  if (names.empty()) return malformed("the root is whited out");
  TRY_ASSIGN(const auto found, descend(names, Follow::this_layer));
  if (found == nullptr) return {};
  found->seals_self = std::min(found->seals_self, layer_);
  found->seals_children = std::min(found->seals_children, layer_);
  return {};
}

Result<void> FileTree::make_opaque(std::string_view path) {
  TRY_ASSIGN(const auto names, archive::split_path(path));
  TRY_ASSIGN(const auto found, descend(names, Follow::this_layer));
  if (found != nullptr) found->seals_children = std::min(found->seals_children, layer_);
  return {};
}

Result<Inode*> FileTree::shown_by_this_layer(std::string_view path) {
  TRY_ASSIGN(const auto names, archive::split_path(path));
  TRY_ASSIGN(const auto found, descend(names, Follow::this_layer));
  if (found == nullptr || found->layer != layer_) return nullptr;
  return found->inode;
}

Inode* FileTree::new_inode(archive::FileType type, const archive::Attributes& attributes) {
  auto& inode = inodes_.emplace_back();
  inode.type = type;
  inode.attributes = attributes;
  return &inode;
}

Result<Node*> FileTree::node_at(std::string_view path) {
  TRY_ASSIGN(const auto names, archive::split_path(path));
  return descend(names, Follow::all);
}

Result<Node*> FileTree::replace_file(std::string_view path) {
  TRY_ASSIGN(Node* const node, node_at(path));
  if (node->is_directory()) return malformed("'" + std::string(path) + "' is a directory");
  node->inode = nullptr;
  node->children.clear();
  show(*node);
  return node;
}

}  // namespace chainer::squashfs
