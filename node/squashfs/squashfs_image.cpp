#include "node/squashfs/squashfs_image.hpp"

#include <optional>

#include "node/squashfs/squashfs_output.hpp"

namespace chainer::squashfs {

struct SquashfsImage::State {
  State(int fd, ConversionLimits limits)
      : bounds(limits),
        tree(limits.entries),
        output(fd, std::move(limits.make_room), std::move(limits.place)) {}

  ConversionLimits bounds;
  FileTree tree;
  SquashfsOutput output;
  // Declared after what they refer to, so that they are destroyed first.
  std::optional<SquashfsWriter> writer{};
  std::optional<LayerMerge> merge{};
};

SquashfsImage::SquashfsImage(std::unique_ptr<State> state) : state_(std::move(state)) {}
SquashfsImage::SquashfsImage(SquashfsImage&&) noexcept = default;
SquashfsImage::~SquashfsImage() = default;

Result<SquashfsImage> SquashfsImage::create(int fd, ConversionLimits limits) {
  auto state = std::make_unique<State>(fd, std::move(limits));
  TRY_ASSIGN(auto writer, SquashfsWriter::create(state->output));
  state->writer.emplace(std::move(writer));
  state->merge.emplace(state->tree, *state->writer, state->bounds.unpacked_bytes,
                       state->bounds.whiteouts);
  return SquashfsImage(std::move(state));
}

Result<void> SquashfsImage::add_layer(const LayerMerge::OpenLayer& open) {
  return state_->merge->add_layer(open);
}

SquashfsImage::Owners SquashfsImage::owners() const {
  Owners owners;
  for (const auto& inode : state_->tree.inodes()) {
    if (inode.attributes.uid != 0) owners.users.insert(inode.attributes.uid);
    if (inode.attributes.gid != 0) owners.groups.insert(inode.attributes.gid);
  }
  return owners;
}

Result<void> SquashfsImage::put_file(std::string_view path, std::string_view content) {
  TRY_ASSIGN(const auto node, state_->tree.replace_file(path));
  Inode* inode = state_->tree.new_inode(archive::FileType::regular, {0644, 0, 0, 0});
  node->inode = inode;
  TRY(state_->writer->begin_file(*inode, path.substr(path.find_last_of('/') + 1)));
  TRY(state_->writer->append(content));
  return state_->writer->end_file();
}

Result<void> SquashfsImage::ensure_directory(std::string_view path, std::uint32_t mode) {
  TRY_ASSIGN(const auto node, state_->tree.node_at(path));
  if (node->is_shown()) return {};
  state_->tree.make_directory(*node, {mode, 0, 0, 0});
  return {};
}

Result<void> SquashfsImage::ensure_file(std::string_view path) {
  TRY_ASSIGN(const auto node, state_->tree.node_at(path));
  if (node->is_shown()) return {};
  return put_file(path, "");
}

Result<std::uint64_t> SquashfsImage::finish() {
  TRY(state_->merge->check_complete());
  TRY(state_->writer->finish(state_->tree));
  return state_->output.size();
}

std::uint64_t SquashfsImage::size() const { return state_->output.size(); }

}  // namespace chainer::squashfs
