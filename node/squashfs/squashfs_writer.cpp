#include "node/squashfs/squashfs_writer.hpp"

#include <sqfs/block.h>
#include <sqfs/block_processor.h>
#include <sqfs/block_writer.h>
#include <sqfs/dir_writer.h>
#include <sqfs/error.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/meta_writer.h>
#include <sqfs/super.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "node/squashfs/squashfs_compressor.hpp"
#include "node/squashfs/start_files.hpp"

namespace chainer::squashfs {
namespace {

constexpr std::size_t block_size = std::size_t{128} << 10;  // what sqfstar and the kernel expect
constexpr std::size_t device_block = 4096;                  // loop devices read in pages
constexpr sqfs_u32 no_xattrs = 0xFFFFFFFF;

template <typename T>
using Owned = OwnedSqfs<T>;

struct Free {
  void operator()(sqfs_inode_generic_t* inode) const { sqfs_free(inode); }
};
using OwnedInode = std::unique_ptr<sqfs_inode_generic_t, Free>;

std::uint16_t type_bits(archive::FileType type) {
  switch (type) {
    case archive::FileType::directory: return SQFS_INODE_MODE_DIR;
    case archive::FileType::regular: return SQFS_INODE_MODE_REG;
    case archive::FileType::symlink: return SQFS_INODE_MODE_LNK;
    case archive::FileType::character_device: return SQFS_INODE_MODE_CHR;
    case archive::FileType::block_device: return SQFS_INODE_MODE_BLK;
    case archive::FileType::fifo: return SQFS_INODE_MODE_FIFO;
    case archive::FileType::socket: return SQFS_INODE_MODE_SOCK;
  }
  return SQFS_INODE_MODE_REG;
}

std::uint16_t mode_of(const Inode& inode) {
  return static_cast<std::uint16_t>((inode.attributes.mode & 07777) | type_bits(inode.type));
}

OwnedInode allocate(std::size_t payload) {
  return OwnedInode(
      static_cast<sqfs_inode_generic_t*>(std::calloc(1, sizeof(sqfs_inode_generic_t) + payload)));
}

OwnedInode symlink_inode(const Inode& from) {
  auto inode = allocate(from.target.size() + 1);
  if (!inode) return inode;
  inode->base.type = SQFS_INODE_SLINK;
  inode->data.slink.nlink = from.links;
  inode->data.slink.target_size = static_cast<sqfs_u32>(from.target.size());
  std::ranges::copy(from.target, reinterpret_cast<char*>(inode->extra));
  return inode;
}

OwnedInode special_inode(const Inode& from) {
  auto inode = allocate(0);
  if (!inode) return inode;
  switch (from.type) {
    case archive::FileType::fifo: inode->base.type = SQFS_INODE_FIFO; break;
    case archive::FileType::socket: inode->base.type = SQFS_INODE_SOCKET; break;
    case archive::FileType::block_device: inode->base.type = SQFS_INODE_BDEV; break;
    default: inode->base.type = SQFS_INODE_CDEV; break;
  }
  const bool is_device = from.type == archive::FileType::block_device ||
                         from.type == archive::FileType::character_device;
  if (is_device) {
    inode->data.dev = {from.links, from.device};
  } else {
    inode->data.ipc.nlink = from.links;
  }
  return inode;
}

void set_link_count(sqfs_inode_generic_t& directory, std::uint32_t links) {
  if (directory.base.type == SQFS_INODE_EXT_DIR) {
    directory.data.dir_ext.nlink = links;
  } else {
    directory.data.dir.nlink = links;
  }
}

struct Folder {
  Node* node;
  Inode* inode;
  std::uint32_t parent_number;
  std::string path;  ///< "" for the root, else as in "/usr/bin"
  bool hot{false};   ///< something that every start needs is in it or below
};

enum class Share { for_every_start, the_rest };

bool holds_what_every_start_needs(const Folder& folder) {
  return std::ranges::any_of(folder.node->children, [&](const auto& entry) {
    return entry.second->is_shown() && is_looked_up_by_every_start(folder.path, entry.first);
  });
}

}  // namespace

struct SquashfsWriter::State {
  explicit State(SquashfsOutput& to) : output(to) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    // libsquashfs 1.2 leaks the blocks in hand when it is stopped in the middle of a file.
    if (in_file) sqfs_block_processor_end_file(processor.get());
    if (processor && !finished) sqfs_block_processor_finish(processor.get());
    processor.reset();  // it holds on to the inodes
    for (Inode* inode : files) sqfs_free(std::exchange(inode->contents, nullptr));
  }

  SquashfsOutput& output;
  sqfs_super_t super{};
  Owned<sqfs_compressor_t> compressor{};
  Owned<sqfs_block_writer_t> block_writer{};
  Owned<sqfs_block_processor_t> processor{};
  Owned<sqfs_id_table_t> ids{};
  Owned<sqfs_meta_writer_t> inode_writer{};
  Owned<sqfs_meta_writer_t> directory_blocks{};
  Owned<sqfs_dir_writer_t> directory_writer{};
  std::vector<Inode*> files{};  ///< whose contents are ours
  bool in_file{false};
  bool finished{false};  ///< all contents are written
  std::uint32_t inode_count{0};

  Result<void> check(int status) const {
    if (status == 0) return {};
    if (auto error = output.error()) return *std::move(error);
    if (status == SQFS_ERROR_ALLOC) return Error::from_errno("cannot compress", ENOMEM);
    if (status == SQFS_ERROR_OVERFLOW)
      return Error{"the image has too many owners or files for a squashfs", "", 0, Fault::user};
    return Error{"cannot write the squashfs: libsquashfs says " + std::to_string(status), "", 0,
                 Fault::defect};
  }

  Result<void> open();
  Result<std::uint64_t> write_inode(sqfs_inode_generic_t& raw, const Inode& inode);
  Result<void> write_file(Inode& inode);
  Result<void> write_files(const Folder& folder, Share share);
  Result<void> write_directory(const Folder& folder);
  Result<void> write_inodes(std::vector<Folder> folders);
  Result<void> pad();
};

namespace {

/// A directory that no layer lists has nobody's attributes: it gets root's.
Inode& inode_of(Node& node, FileTree& tree) {
  if (node.inode == nullptr) node.inode = tree.new_inode(archive::FileType::directory, {});
  return *node.inode;
}

/// Counts the names of every inode, and gives directories that no layer lists an inode.
void complete(Node& node, FileTree& tree) {
  for (auto& [name, child] : node.children) {
    if (!child->is_shown()) continue;
    Inode& inode = inode_of(*child, tree);
    ++inode.links;
    if (inode.type == archive::FileType::directory) complete(*child, tree);
  }
}

/// Every directory, those nearest to the root first. Numbers all inodes, those of one directory in
/// a row: that makes small directory headers.
std::vector<Folder> number_inodes(Node& root_node, Inode& root, std::uint32_t& count) {
  root.number = ++count;
  std::vector<Folder> folders{{&root_node, &root, 0, ""}};
  std::vector<std::size_t> parents{0};
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const Folder folder = folders[i];
    for (auto& [name, child] : folder.node->children) {
      if (!child->is_shown()) continue;
      Inode& below = *child->inode;
      if (below.number == 0) below.number = ++count;
      if (below.type != archive::FileType::directory) continue;
      folders.push_back({child.get(), &below, folder.inode->number, folder.path + "/" + name});
      parents.push_back(i);
    }
  }
  for (std::size_t i = folders.size(); i-- > 0;) {
    folders[i].hot = folders[i].hot || holds_what_every_start_needs(folders[i]);
    folders[parents[i]].hot |= folders[i].hot;
  }
  return folders;
}

}  // namespace

Result<void> SquashfsWriter::State::open() {
  compressor = make_lz4_compressor(block_size);
  if (!compressor) return check(SQFS_ERROR_ALLOC);
  TRY(check(sqfs_super_init(&super, block_size, /*mtime=*/0, SQFS_COMP_LZ4)));
  TRY(check(sqfs_super_write(&super, output.file())));
  const int options = compressor->write_options(compressor.get(), output.file());
  if (options < 0) return check(options);
  if (options > 0) super.flags |= SQFS_FLAG_COMPRESSOR_OPTIONS;

  // Without flags it compares duplicates byte for byte: their 32-bit checksum can be forged.
  block_writer.reset(sqfs_block_writer_create(output.file(), device_block, 0));
  ids.reset(sqfs_id_table_create(0));
  inode_writer.reset(sqfs_meta_writer_create(output.file(), compressor.get(), 0));
  directory_blocks.reset(
      sqfs_meta_writer_create(output.file(), compressor.get(), SQFS_META_WRITER_KEEP_IN_MEMORY));
  if (!block_writer || !ids || !inode_writer || !directory_blocks) {
    return check(SQFS_ERROR_ALLOC);
  }
  directory_writer.reset(sqfs_dir_writer_create(directory_blocks.get(), 0));
  if (!directory_writer) return check(SQFS_ERROR_ALLOC);

  sqfs_block_processor_desc_t desc{};
  desc.size = sizeof desc;
  desc.max_block_size = block_size;
  desc.num_workers = std::max(1U, std::thread::hardware_concurrency());
  desc.max_backlog = 16 * desc.num_workers;
  desc.cmp = compressor.get();
  desc.wr = block_writer.get();
  sqfs_block_processor_t* made = nullptr;
  TRY(check(sqfs_block_processor_create_ex(&desc, &made)));
  processor.reset(made);
  return {};
}

Result<std::uint64_t> SquashfsWriter::State::write_inode(sqfs_inode_generic_t& raw,
                                                         const Inode& inode) {
  raw.base.mode = mode_of(inode);
  raw.base.mod_time = inode.attributes.mtime;
  raw.base.inode_number = inode.number;
  for (const auto& [id, index] : {std::pair{inode.attributes.uid, &raw.base.uid_idx},
                                  std::pair{inode.attributes.gid, &raw.base.gid_idx}}) {
    TRY(check(sqfs_id_table_id_to_index(ids.get(), id, index)));
  }
  sqfs_u64 block = 0;
  sqfs_u32 offset = 0;
  sqfs_meta_writer_get_position(inode_writer.get(), &block, &offset);
  TRY(check(sqfs_meta_writer_write_inode(inode_writer.get(), &raw)));
  return block << 16 | offset;
}

Result<void> SquashfsWriter::State::write_file(Inode& inode) {
  OwnedInode made;
  sqfs_inode_generic_t* raw = inode.contents;
  if (inode.type == archive::FileType::regular) {
    if (inode.links > 1) {
      TRY(check(sqfs_inode_make_extended(raw)));
      raw->data.file_ext.nlink = inode.links;
    } else {
      TRY(check(sqfs_inode_make_basic(raw)));
    }
  } else {
    made = inode.type == archive::FileType::symlink ? symlink_inode(inode) : special_inode(inode);
    raw = made.get();
    if (raw == nullptr) return check(SQFS_ERROR_ALLOC);
  }
  TRY_ASSIGN(const auto reference, write_inode(*raw, inode));
  inode.reference = reference;
  inode.written = true;
  return {};
}

Result<void> SquashfsWriter::State::write_files(const Folder& folder, Share share) {
  for (auto& [name, child] : folder.node->children) {
    if (!child->is_shown()) continue;
    Inode& inode = *child->inode;
    if (inode.type == archive::FileType::directory || inode.written) continue;
    if (is_looked_up_by_every_start(folder.path, name) != (share == Share::for_every_start))
      continue;
    TRY(write_file(inode));
  }
  return {};
}

Result<void> SquashfsWriter::State::write_directory(const Folder& folder) {
  TRY(check(sqfs_dir_writer_begin(directory_writer.get(), 0)));
  std::uint32_t folders = 0;
  for (auto& [name, child] : folder.node->children) {
    if (!child->is_shown()) continue;
    const Inode& below = *child->inode;
    folders += below.type == archive::FileType::directory;
    TRY(check(sqfs_dir_writer_add_entry(directory_writer.get(), name.c_str(), below.number,
                                        below.reference, mode_of(below))));
  }
  TRY(check(sqfs_dir_writer_end(directory_writer.get())));

  const OwnedInode raw(
      sqfs_dir_writer_create_inode(directory_writer.get(), 0, no_xattrs, folder.parent_number));
  if (!raw) return check(SQFS_ERROR_ALLOC);
  set_link_count(*raw, folders + 2);
  TRY_ASSIGN(const auto reference, write_inode(*raw, *folder.inode));
  folder.inode->reference = reference;
  return {};
}

/// The deepest directories first, since an entry holds where its inode is. What every start needs
/// comes last and together: the kernel caches eight metadata blocks, and each one that it lacks
/// costs a read or two of the loop device, which are most of the time that a container's start
/// takes.
Result<void> SquashfsWriter::State::write_inodes(std::vector<Folder> folders) {
  std::ranges::reverse(folders);
  const auto first_hot = std::stable_partition(folders.begin(), folders.end(),
                                               [](const Folder& folder) { return !folder.hot; });
  const std::span<const Folder> cold(folders.begin(), first_hot);
  const std::span<const Folder> hot(first_hot, folders.end());
  for (const auto& folder : folders) {
    TRY(write_files(folder, Share::the_rest));
  }
  for (const auto& folder : cold) {
    TRY(write_directory(folder));
  }
  for (const auto& folder : hot) {
    TRY(write_files(folder, Share::for_every_start));
  }
  for (const auto& folder : hot) {
    TRY(write_directory(folder));
  }
  return {};
}

Result<void> SquashfsWriter::State::pad() {
  const auto size = output.size();
  const std::size_t missing = (device_block - size % device_block) % device_block;
  const std::vector<char> zeros(missing);
  return check(output.file()->write_at(output.file(), size, zeros.data(), zeros.size()));
}

SquashfsWriter::SquashfsWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SquashfsWriter::SquashfsWriter(SquashfsWriter&&) noexcept = default;
SquashfsWriter::~SquashfsWriter() = default;

Result<SquashfsWriter> SquashfsWriter::create(SquashfsOutput& output) {
  auto state = std::make_unique<State>(output);
  TRY(state->open());
  return SquashfsWriter(std::move(state));
}

Result<void> SquashfsWriter::begin_file(Inode& inode, std::string_view name) {
  // Each step's mount has a page cache of its own. Programs read few of an image's small files, and
  // not in their order: to read one, the kernel would decompress the whole fragment block that it
  // shares with others, and it keeps three of those.
  constexpr sqfs_u32 alone = SQFS_BLK_DONT_FRAGMENT;
  // Copying these costs less than decompressing them.
  const sqfs_u32 flags = is_mapped_by_every_start(name) ? alone | SQFS_BLK_DONT_COMPRESS : alone;
  state_->files.push_back(&inode);
  state_->in_file = true;
  return state_->check(
      sqfs_block_processor_begin_file(state_->processor.get(), &inode.contents, nullptr, flags));
}

Result<void> SquashfsWriter::append(std::string_view bytes) {
  if (bytes.empty()) return {};  // libsquashfs 1.2 would crash on it
  return state_->check(
      sqfs_block_processor_append(state_->processor.get(), bytes.data(), bytes.size()));
}

Result<void> SquashfsWriter::append_zeros(std::uint64_t count) {
  static const std::array<char, block_size> zeros{};
  while (count > 0) {
    const auto piece = std::min<std::uint64_t>(count, zeros.size());
    TRY(append({zeros.data(), static_cast<std::size_t>(piece)}));
    count -= piece;
  }
  return {};
}

Result<void> SquashfsWriter::end_file() {
  state_->in_file = false;
  return state_->check(sqfs_block_processor_end_file(state_->processor.get()));
}

Result<void> SquashfsWriter::finish(FileTree& tree) {
  auto& s = *state_;
  s.finished = true;
  TRY(s.check(sqfs_block_processor_finish(s.processor.get())));

  Inode& root = inode_of(tree.root(), tree);
  complete(tree.root(), tree);
  auto folders = number_inodes(tree.root(), root, s.inode_count);
  s.super.inode_table_start = s.output.size();
  TRY(s.write_inodes(std::move(folders)));
  s.super.root_inode_ref = root.reference;
  s.super.inode_count = s.inode_count;
  TRY(s.check(sqfs_meta_writer_flush(s.inode_writer.get())));

  s.super.directory_table_start = s.output.size();
  TRY(s.check(sqfs_meta_writer_flush(s.directory_blocks.get())));
  TRY(s.check(sqfs_meta_write_write_to_file(s.directory_blocks.get())));

  auto* file = s.output.file();
  s.super.flags |= SQFS_FLAG_NO_XATTRS | SQFS_FLAG_NO_FRAGMENTS;
  TRY(s.check(sqfs_id_table_write(s.ids.get(), file, &s.super, s.compressor.get())));
  s.super.bytes_used = s.output.size();
  TRY(s.check(sqfs_super_write(&s.super, file)));
  return s.pad();
}

}  // namespace chainer::squashfs
