#include "node/squashfs/layer_merge.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "node/archive/archive_path.hpp"

namespace chainer::squashfs {
namespace {

constexpr std::string_view whiteout_prefix = ".wh.";
constexpr std::string_view opaque_name = ".wh..wh..opq";
constexpr std::string_view aufs_prefix = ".wh..wh.";

struct SplitName {
  std::string folder;
  std::string name;
};

Result<SplitName> split_name(std::string_view path) {
  TRY_ASSIGN(auto names, archive::split_path(path));
  if (names.empty()) return SplitName{};
  SplitName split{{}, std::string(names.back())};
  names.pop_back();
  split.folder = archive::join_path(names);
  return split;
}

/// One spelling for a path, so that a link and its file meet.
Result<std::string> canonical(std::string_view path) {
  TRY_ASSIGN(const auto names, archive::split_path(path));
  return archive::join_path(names);
}

/// Whether a path in its one spelling is or lies in what aufs keeps for itself, which the layers of
/// Docker's first years hold too.
bool is_of_aufs(std::string_view path) {
  return path.starts_with(aufs_prefix) || path.find("/.wh..wh.") != std::string_view::npos;
}

void give(Inode* inode, const std::vector<Node*>& nodes) {
  for (Node* node : nodes) {
    if (node->inode == nullptr) node->inode = inode;
  }
}

Error too_large() {
  return {"the image's files are too large for this store",
          "make the image smaller, or ask an administrator for a larger store_quota", 0,
          Fault::user};
}

}  // namespace

void LayerMerge::begin_layer() {
  tree_.next_layer();
  hidden_.clear();
  aliases_.clear();
  wanted_ = 0;
  for (auto& [path, nodes] : awaited_by_this_)
    std::ranges::copy(nodes, std::back_inserter(awaited_[path]));
  awaited_by_this_.clear();
}

Result<void> LayerMerge::add_layer(const OpenLayer& open) {
  begin_layer();
  TRY_ASSIGN(auto source, open());
  TRY(merge(*source));
  if (wanted_ == 0) return {};

  source.reset();
  TRY_ASSIGN(source, open());
  return read_hidden_files(*source);
}

Result<void> LayerMerge::merge(archive::ByteSource& source) {
  TRY_ASSIGN(auto tar, archive::TarReader::open(source));
  while (true) {
    TRY_ASSIGN(const auto entry, tar.next());
    if (!entry) return {};
    TRY(add_entry(*entry, tar));
  }
}

Result<void> LayerMerge::add_entry(const archive::TarEntry& entry, archive::TarReader& tar) {
  TRY_ASSIGN(const auto split, split_name(entry.path));
  const std::string_view name = split.name;
  if (name == opaque_name) return tree_.make_opaque(split.folder);
  TRY_ASSIGN(const auto path, canonical(entry.path));
  if (is_of_aufs(path)) {
    // Nobody sees it, but names that are seen may be hard links to it.
    if (entry.type == archive::FileType::regular && entry.hard_link.empty()) hidden_[path] = {};
    return {};
  }
  if (name.starts_with(whiteout_prefix)) {
    const auto hidden = name.substr(whiteout_prefix.size());
    if (hidden.empty() || hidden == "." || hidden == "..") {
      return Error{"the layer has a broken whiteout '" + entry.path + "'", "make the image again",
                   0, Fault::user};
    }
    return white_out(split.folder + "/" + std::string(hidden));
  }
  if (!entry.hard_link.empty()) return add_hard_link(entry);
  if (entry.type == archive::FileType::directory)
    return tree_.add_directory(entry.path, entry.attributes);

  TRY_ASSIGN(const auto place, tree_.place_file(entry.path));
  const auto waiting = awaited_.extract(path);
  if (place == nullptr && waiting.empty() && entry.type == archive::FileType::regular) {
    hidden_[path] = {};
    return {};
  }
  TRY_ASSIGN(const auto inode, inode_for(entry, tar));
  if (place != nullptr) {
    place->inode = inode;
  } else {
    hidden_[path] = {inode, {}};
  }
  if (!waiting.empty()) give(inode, waiting.mapped());
  return {};
}

/// For overlayfs a whiteout is a character device with the number 0.
Result<void> LayerMerge::white_out(const std::string& path) {
  if (whiteouts_ == Whiteouts::spent) return tree_.white_out(path);
  TRY_ASSIGN(const auto place, tree_.place_file(path));
  if (place == nullptr) return {};
  place->inode = tree_.new_inode(archive::FileType::character_device, {0, 0, 0, 0});
  return {};
}

std::string LayerMerge::resolve_alias(std::string path) const {
  // An alias never leads to itself: a link is entered under the end of its chain.
  for (auto found = aliases_.find(path); found != aliases_.end(); found = aliases_.find(path)) {
    path = found->second;
  }
  return path;
}

Result<void> LayerMerge::add_hard_link(const archive::TarEntry& entry) {
  TRY_ASSIGN(const auto path, canonical(entry.path));
  TRY_ASSIGN(const auto named, canonical(entry.hard_link));
  const auto target = resolve_alias(named);
  if (target == path) return {};  // a name that is a link to itself, directly or around a loop

  TRY_ASSIGN(auto known, tree_.shown_by_this_layer(target));
  if (known != nullptr && known->type == archive::FileType::directory) {
    return Error{"the layer has a hard link '" + entry.path + "' to a directory",
                 "make the image again", 0, Fault::user};
  }
  const auto hidden = hidden_.find(target);
  Inode* inode = known != nullptr          ? known
                 : hidden != hidden_.end() ? hidden->second.inode
                                           : nullptr;

  TRY_ASSIGN(const auto place, tree_.place_file(entry.path));
  std::vector<Node*> nodes;
  if (const auto waiting = awaited_.find(path); waiting != awaited_.end()) {
    nodes = std::move(waiting->second);
    awaited_.erase(waiting);
  }
  if (place != nullptr) nodes.push_back(place);

  if (inode != nullptr) {
    if (place == nullptr) hidden_[path] = {inode, {}};
    give(inode, nodes);
    return {};
  }
  aliases_[path] = target;
  if (nodes.empty()) return {};
  if (hidden != hidden_.end()) {
    wanted_ += hidden->second.wanted_by.empty();
    std::ranges::copy(nodes, std::back_inserter(hidden->second.wanted_by));
  } else {
    std::ranges::copy(nodes, std::back_inserter(awaited_by_this_[target]));
  }
  return {};
}

Result<Inode*> LayerMerge::inode_for(const archive::TarEntry& entry, archive::TarReader& tar) {
  Inode* inode = tree_.new_inode(entry.type, entry.attributes);
  inode->target = entry.target;
  inode->device = entry.device;
  if (entry.type == archive::FileType::symlink && entry.target.empty()) {
    return Error{"the layer has a symlink '" + entry.path + "' to nowhere", "make the image again",
                 0, Fault::user};
  }
  if (entry.type != archive::FileType::regular) return inode;
  TRY(write_contents(*inode, entry, tar));
  return inode;
}

Result<void> LayerMerge::write_contents(Inode& inode, const archive::TarEntry& entry,
                                        archive::TarReader& tar) {
  const std::uint64_t size = entry.size;
  if (size > bytes_left_) return too_large();
  bytes_left_ -= size;
  TRY(writer_.begin_file(inode, entry.path.substr(entry.path.find_last_of('/') + 1)));
  std::uint64_t at = 0;
  while (true) {
    TRY_ASSIGN(const auto data, tar.next_data());
    if (!data) break;
    const auto& [offset, bytes] = *data;
    if (offset < at || offset > size || bytes.size() > size - offset) {
      return Error{"the layer holds a broken sparse file", "make the image again", 0, Fault::user};
    }
    TRY(writer_.append_zeros(offset - at));
    TRY(writer_.append(bytes));
    at = offset + bytes.size();
  }
  TRY(writer_.append_zeros(size - at));
  return writer_.end_file();
}

Result<void> LayerMerge::read_hidden_files(archive::ByteSource& source) {
  TRY_ASSIGN(auto tar, archive::TarReader::open(source));
  while (wanted_ > 0) {
    TRY_ASSIGN(const auto entry, tar.next());
    if (!entry) return {};
    if (entry->type != archive::FileType::regular || !entry->hard_link.empty()) continue;
    TRY_ASSIGN(const auto path, canonical(entry->path));
    const auto hidden = hidden_.find(path);
    if (hidden == hidden_.end() || hidden->second.wanted_by.empty()) continue;
    TRY_ASSIGN(const auto inode, inode_for(*entry, tar));
    give(inode, std::exchange(hidden->second.wanted_by, {}));
    --wanted_;
  }
  return {};
}

Result<void> LayerMerge::check_complete() const {
  for (const auto* links : {&awaited_, &awaited_by_this_}) {
    for (const auto& [path, nodes] : *links) {
      if (std::ranges::all_of(nodes, [](const Node* node) { return node->inode != nullptr; }))
        continue;
      return Error{"a layer has a hard link to '" + path + "', which no layer below it has",
                   "make the image again", 0, Fault::user};
    }
  }
  return {};
}

}  // namespace chainer::squashfs
