#include "node/source/squashfs_tree.hpp"

#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <vector>

namespace chainer::source {
namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20;
// Bounds the work that a hostile file can cause: a folder may list itself. The store takes no more
// names.
constexpr std::size_t most_entries = 4'000'000;
constexpr unsigned deepest = 1024;

struct DestroyObject {
  void operator()(void* object) const { sqfs_destroy(object); }
};
template <typename T>
using Object = std::unique_ptr<T, DestroyObject>;

struct FreeMemory {
  void operator()(void* memory) const { sqfs_free(memory); }
};
using Inode = std::unique_ptr<sqfs_inode_generic_t, FreeMemory>;

/// A part of a file as libsquashfs reads one.
struct PartOfFile : sqfs_file_t {
  UniqueFd fd;
  FileRange range;

  PartOfFile(UniqueFd file, FileRange where) : sqfs_file_t{}, fd(std::move(file)), range(where) {
    base.destroy = [](sqfs_object_t* object) { delete of(reinterpret_cast<sqfs_file_t*>(object)); };
    read_at = [](sqfs_file_t* self, sqfs_u64 offset, void* into, size_t size) {
      return of(self)->read(offset, static_cast<char*>(into), size);
    };
    get_size = [](const sqfs_file_t* self) -> sqfs_u64 {
      return static_cast<const PartOfFile*>(self)->range.size;
    };
    write_at = [](sqfs_file_t*, sqfs_u64, const void*, size_t) -> int {
      return SQFS_ERROR_UNSUPPORTED;
    };
    truncate = [](sqfs_file_t*, sqfs_u64) -> int { return SQFS_ERROR_UNSUPPORTED; };
  }

 private:
  static PartOfFile* of(sqfs_file_t* file) { return static_cast<PartOfFile*>(file); }

  int read(std::uint64_t offset, char* into, std::size_t size) const {
    if (offset > range.size || size > range.size - offset) return SQFS_ERROR_OUT_OF_BOUNDS;
    while (size > 0) {
      const ssize_t got = ::pread(fd.get(), into, size, static_cast<off_t>(range.offset + offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return got < 0 ? SQFS_ERROR_IO : SQFS_ERROR_OUT_OF_BOUNDS;
      into += got;
      offset += static_cast<std::uint64_t>(got);
      size -= static_cast<std::size_t>(got);
    }
    return 0;
  }
};

bool is_a_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

}  // namespace

struct SquashfsTree::State {
  State(std::string shown, UniqueFd fd, FileRange where, archive::TreeStamp files)
      : name(std::move(shown)),
        stamp(std::move(files)),
        file(new PartOfFile(std::move(fd), where)) {}

  std::string name;
  archive::TreeStamp stamp;
  sqfs_super_t super{};
  Object<sqfs_file_t> file;
  Object<sqfs_compressor_t> compressor{};
  Object<sqfs_id_table_t> owners{};
  Object<sqfs_dir_reader_t> folders{};
  Object<sqfs_data_reader_t> contents{};

  // The state of one walk.
  std::size_t entries{0};
  std::map<std::uint32_t, std::string> linked{};  ///< files with several names: the first
  std::vector<char> piece = std::vector<char>(piece_size);

  Error damaged() const {
    return {name + " is no sound squashfs file", "make the image again", 0, Fault::user};
  }
  Error reason(int code) const {
    if (code == SQFS_ERROR_IO) {
      return Error::from_errno("cannot read " + name, EIO, Fault::user);
    }
    if (code == SQFS_ERROR_ALLOC) return Error::from_errno("cannot read " + name, ENOMEM);
    return damaged();
  }

  Result<void> open() {
    if (const int code = sqfs_super_read(&super, file.get()); code != 0) return reason(code);
    // A fragment has at least one byte: a larger table can only be a claim, made to cost memory.
    if (super.fragment_entry_count > file->get_size(file.get())) return damaged();
    TRY(open_compressor());
    owners.reset(sqfs_id_table_create(0));
    if (!owners) return reason(SQFS_ERROR_ALLOC);
    if (const int code = sqfs_id_table_read(owners.get(), file.get(), &super, compressor.get());
        code != 0) {
      return reason(code);
    }
    folders.reset(sqfs_dir_reader_create(&super, compressor.get(), file.get(), 0));
    contents.reset(sqfs_data_reader_create(file.get(), super.block_size, compressor.get(), 0));
    if (!folders || !contents) return reason(SQFS_ERROR_ALLOC);
    const int code = sqfs_data_reader_load_fragment_table(contents.get(), &super);
    return code == 0 ? Result<void>() : reason(code);
  }

  Result<void> open_compressor() {
    const auto kind = static_cast<SQFS_COMPRESSOR>(super.compression_id);
    sqfs_compressor_config_t config{};
    sqfs_compressor_t* made = nullptr;
    const bool is_known = sqfs_compressor_config_init(&config, kind, super.block_size,
                                                      SQFS_COMP_FLAG_UNCOMPRESS) == 0 &&
                          sqfs_compressor_create(&config, &made) == 0;
    if (!is_known) {
      const char* packer = sqfs_compressor_name_from_id(kind);
      return Error{name + " is packed with " + (packer != nullptr ? packer : "something unknown") +
                       ", which cannot be read here",
                   "make it again with gzip, lz4, xz or zstd (mksquashfs -comp)", 0, Fault::user};
    }
    compressor.reset(made);
    return {};
  }

  // ---- the walk

  struct Child {
    std::string name;
    Inode inode;
  };

  Result<std::vector<Child>> children_of(const sqfs_inode_generic_t& folder) {
    if (const int code = sqfs_dir_reader_open_dir(folders.get(), &folder, 0); code != 0)
      return reason(code);
    std::vector<Child> children;
    while (true) {
      sqfs_dir_entry_t* raw = nullptr;
      const int code = sqfs_dir_reader_read(folders.get(), &raw);
      if (code > 0) break;  // its end
      if (code < 0) return reason(code);
      const std::unique_ptr<sqfs_dir_entry_t, FreeMemory> listed(raw);
      sqfs_inode_generic_t* inode = nullptr;
      if (const int unread = sqfs_dir_reader_get_inode(folders.get(), &inode); unread != 0)
        return reason(unread);
      Child child{{reinterpret_cast<const char*>(raw->name), std::size_t{raw->size} + 1},
                  Inode(inode)};
      if (!is_a_name(child.name) || ++entries > most_entries) return damaged();
      children.push_back(std::move(child));
    }
    std::ranges::sort(children, {}, &Child::name);
    const auto same = std::ranges::adjacent_find(children, {}, &Child::name);
    if (same != children.end()) return damaged();
    return children;
  }

  Result<void> add_content(archive::TarWriter& tar, const sqfs_inode_generic_t& folder,
                           const std::string& path, unsigned depth) {
    if (depth > deepest) return damaged();
    TRY_ASSIGN(const auto children, children_of(folder));
    for (const auto& child : children) {
      const auto inner = path.empty() ? child.name : path + "/" + child.name;
      TRY(add(tar, *child.inode, inner));
      if (S_ISDIR(child.inode->base.mode)) TRY(add_content(tar, *child.inode, inner, depth + 1));
    }
    return {};
  }

  Result<void> add(archive::TarWriter& tar, const sqfs_inode_generic_t& inode,
                   const std::string& path) {
    TRY_ASSIGN(auto entry, entry_of(inode, path));
    switch (inode.base.mode & S_IFMT) {
      case S_IFREG: return add_file(tar, inode, std::move(entry));
      case S_IFDIR: entry.type = archive::FileType::directory; return tar.add(entry);
      case S_IFIFO: entry.type = archive::FileType::fifo; return tar.add(entry);
      case S_IFLNK:
        entry.type = archive::FileType::symlink;
        entry.target = target_of(inode);
        return tar.add(entry);
      default: return {};
    }
  }

  Result<archive::TarEntry> entry_of(const sqfs_inode_generic_t& inode, const std::string& path) {
    sqfs_u32 user = 0, group = 0;
    if (sqfs_id_table_index_to_id(owners.get(), inode.base.uid_idx, &user) != 0 ||
        sqfs_id_table_index_to_id(owners.get(), inode.base.gid_idx, &group) != 0) {
      return damaged();
    }
    archive::TarEntry entry;
    entry.path = path;
    entry.attributes = {inode.base.mode & 07777U, user, group, inode.base.mod_time};
    return entry;
  }

  static std::string target_of(const sqfs_inode_generic_t& inode) {
    const bool is_extended = inode.base.type == SQFS_INODE_EXT_SLINK;
    const auto size = is_extended ? inode.data.slink_ext.target_size : inode.data.slink.target_size;
    return {reinterpret_cast<const char*>(inode.extra), size};
  }

  Result<void> add_file(archive::TarWriter& tar, const sqfs_inode_generic_t& inode,
                        archive::TarEntry entry) {
    const bool has_several_names =
        inode.base.type == SQFS_INODE_EXT_FILE && inode.data.file_ext.nlink > 1;
    if (has_several_names) {
      const auto [first, is_new] = linked.try_emplace(inode.base.inode_number, entry.path);
      if (!is_new) {
        entry.hard_link = first->second;
        return tar.add(entry);
      }
    }
    TRY_ASSIGN(entry.size, size_of(inode));
    TRY(tar.add(entry));
    return read_file(inode, entry.size, [&](std::string_view bytes) { return tar.append(bytes); });
  }

  Result<std::uint64_t> size_of(const sqfs_inode_generic_t& inode) const {
    sqfs_u64 size = 0;
    if (sqfs_inode_get_file_size(&inode, &size) != 0) return damaged();
    return std::uint64_t{size};
  }

  Result<void> read_file(const sqfs_inode_generic_t& inode, std::uint64_t size,
                         const archive::Sink& sink) {
    for (std::uint64_t at = 0; at < size;) {
      const auto got = sqfs_data_reader_read(contents.get(), &inode, at, piece.data(),
                                             static_cast<sqfs_u32>(piece.size()));
      if (got <= 0) return reason(got);
      TRY(sink({piece.data(), static_cast<std::size_t>(got)}));
      at += static_cast<std::uint64_t>(got);
    }
    return {};
  }

  Result<Inode> root() {
    sqfs_inode_generic_t* inode = nullptr;
    if (const int code = sqfs_dir_reader_get_root_inode(folders.get(), &inode); code != 0)
      return reason(code);
    Inode root(inode);
    if (!S_ISDIR(root->base.mode)) return damaged();
    return root;
  }

  Result<std::string> read_small(const std::string& path, std::size_t limit) {
    TRY_ASSIGN(const auto start, root());
    sqfs_inode_generic_t* found = nullptr;
    if (const int code =
            sqfs_dir_reader_find_by_path(folders.get(), start.get(), path.c_str(), &found);
        code != 0) {
      return reason(code);
    }
    const Inode inode(found);
    if (!S_ISREG(inode->base.mode)) return damaged();
    TRY_ASSIGN(const auto size, size_of(*inode));
    if (size > limit) return damaged();
    std::string text;
    const archive::Sink append = [&](std::string_view bytes) -> Result<void> {
      text += bytes;
      return {};
    };
    TRY(read_file(*inode, size, append));
    return text;
  }
};

SquashfsTree::SquashfsTree(std::unique_ptr<State> state) : state_(std::move(state)) {}
SquashfsTree::SquashfsTree(SquashfsTree&&) noexcept = default;
SquashfsTree::~SquashfsTree() = default;

Result<SquashfsTree> SquashfsTree::open(std::string name, UniqueFd file, FileRange where,
                                        archive::TreeStamp stamp) {
  auto state = std::make_unique<State>(std::move(name), std::move(file), where, std::move(stamp));
  TRY(state->open());
  return SquashfsTree(std::move(state));
}

Result<void> SquashfsTree::write_tar(const archive::Sink& sink) {
  state_->entries = 0;
  state_->linked.clear();
  TRY_ASSIGN(const auto root, state_->root());
  TRY_ASSIGN(auto tar, archive::TarWriter::start(sink));
  TRY(state_->add_content(tar, *root, "", 0));
  return tar.finish();
}

std::optional<std::string> SquashfsTree::small_file(const std::string& path, std::size_t limit) {
  auto text = state_->read_small(path, limit);
  return text ? std::optional(*std::move(text)) : std::nullopt;
}

Result<archive::TreeStamp> SquashfsTree::stamp() { return state_->stamp; }

}  // namespace chainer::source
