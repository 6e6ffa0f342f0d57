#include "node/rootless/unpacked_image.hpp"

#include <fcntl.h>
#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>
#include <sys/stat.h>

#include <map>
#include <memory>
#include <vector>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer::rootless {
namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20;

struct Destroy {
  void operator()(void* object) const { sqfs_destroy(object); }
  void operator()(sqfs_tree_node_t* tree) const { sqfs_dir_tree_destroy(tree); }
};
template <typename T>
using Owned = std::unique_ptr<T, Destroy>;

Error unreadable(const std::string& file) {
  return {"cannot read " + file + ": it is damaged", "remove it: it is fetched again", EUCLEAN,
          Fault::node};
}

/// An open squashfs file with its names.
struct Archive {
  sqfs_super_t super{};
  Owned<sqfs_file_t> file;
  Owned<sqfs_compressor_t> compressor;
  Owned<sqfs_id_table_t> owners;
  Owned<sqfs_dir_reader_t> folders;
  Owned<sqfs_data_reader_t> contents;
  Owned<sqfs_tree_node_t> root;

  static Result<Archive> open(const std::string& path) {
    Archive archive;
    archive.file.reset(sqfs_open_file(path.c_str(), SQFS_FILE_OPEN_READ_ONLY));
    if (!archive.file) return Error::from_errno("cannot open " + path, errno);
    if (!archive.read()) return unreadable(path);
    return archive;
  }

  bool read() {
    sqfs_compressor_config_t config{};
    sqfs_compressor_t* made = nullptr;
    if (sqfs_super_read(&super, file.get()) != 0) return false;
    if (sqfs_compressor_config_init(&config, static_cast<SQFS_COMPRESSOR>(super.compression_id),
                                    super.block_size, SQFS_COMP_FLAG_UNCOMPRESS) != 0 ||
        sqfs_compressor_create(&config, &made) != 0) {
      return false;
    }
    compressor.reset(made);
    owners.reset(sqfs_id_table_create(0));
    if (!owners || sqfs_id_table_read(owners.get(), file.get(), &super, made) != 0) return false;
    folders.reset(sqfs_dir_reader_create(&super, made, file.get(), 0));
    contents.reset(sqfs_data_reader_create(file.get(), super.block_size, made, 0));
    if (!folders || !contents ||
        sqfs_data_reader_load_fragment_table(contents.get(), &super) != 0) {
      return false;
    }
    sqfs_tree_node_t* tree = nullptr;
    constexpr auto left_out = SQFS_TREE_NO_DEVICES | SQFS_TREE_NO_SOCKETS;
    if (sqfs_dir_reader_get_full_hierarchy(folders.get(), owners.get(), nullptr, left_out, &tree) !=
        0) {
      return false;
    }
    root.reset(tree);
    return true;
  }
};

std::uint64_t size_of(const sqfs_inode_generic_t& inode) {
  sqfs_u64 size = 0;
  const auto mode = static_cast<mode_t>(inode.base.mode);
  if (S_ISREG(mode) && sqfs_inode_get_file_size(&inode, &size) != 0) return 0;
  return size;
}

std::uint64_t bytes_in(const sqfs_tree_node_t& node) {
  auto bytes = size_of(*node.inode);
  for (const auto* child = node.children; child != nullptr; child = child->next)
    bytes += bytes_in(*child);
  return bytes;
}

class Unpacking {
 public:
  Unpacking(Archive& archive, std::string file, int root)
      : archive_(archive), file_(std::move(file)), root_(root), piece_(piece_size) {}

  Result<void> fill(int folder, const sqfs_tree_node_t& node, const std::string& shown) {
    for (const auto* child = node.children; child != nullptr; child = child->next)
      TRY(make(folder, *child, shown + "/" + reinterpret_cast<const char*>(child->name)));
    return set_attributes(folder, *node.inode, S_IRWXU, shown);
  }

 private:
  Result<void> make(int folder, const sqfs_tree_node_t& node, const std::string& shown) {
    const std::string name = reinterpret_cast<const char*>(node.name);
    if (name.empty() || name == "." || name == ".." || name.find('/') != name.npos)
      return unreadable(file_);
    switch (node.inode->base.mode & S_IFMT) {
      case S_IFDIR: return make_folder(folder, name, node, shown);
      case S_IFREG: return make_file(folder, name, *node.inode, shown);
      case S_IFLNK: return make_link(folder, name, *node.inode, shown);
      case S_IFIFO:
        return ::mkfifoat(folder, name.c_str(), 0600) == 0 ? Result<void>() : cannot_make(shown);
      default: return {};
    }
  }

  Result<void> make_folder(int folder, const std::string& name, const sqfs_tree_node_t& node,
                           const std::string& shown) {
    if (::mkdirat(folder, name.c_str(), 0700) != 0) return cannot_make(shown);
    const UniqueFd made(
        ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!made) return cannot_make(shown);
    return fill(made.get(), node, shown);
  }

  Result<void> make_file(int folder, const std::string& name, const sqfs_inode_generic_t& inode,
                         const std::string& shown) {
    // Names of one file, which hard links give it, share its inode.
    const auto [first, is_new] = files_.try_emplace(inode.base.inode_number, shown);
    if (!is_new) {
      return ::linkat(root_, first->second.c_str() + 1, folder, name.c_str(), 0) == 0
                 ? Result<void>()
                 : cannot_make(shown);
    }
    const UniqueFd made(
        ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!made) return cannot_make(shown);
    TRY(copy(made.get(), inode));
    return set_attributes(made.get(), inode, S_IRUSR, shown);
  }

  Result<void> copy(int to, const sqfs_inode_generic_t& inode) {
    const auto size = size_of(inode);
    for (std::uint64_t at = 0; at < size;) {
      const auto got = sqfs_data_reader_read(archive_.contents.get(), &inode, at, piece_.data(),
                                             static_cast<sqfs_u32>(piece_.size()));
      if (got <= 0) return unreadable(file_);
      TRY(write_all(to, {piece_.data(), static_cast<std::size_t>(got)}));
      at += static_cast<std::uint64_t>(got);
    }
    return {};
  }

  static Result<void> make_link(int folder, const std::string& name,
                                const sqfs_inode_generic_t& inode, const std::string& shown) {
    const std::string target(reinterpret_cast<const char*>(inode.extra),
                             inode.data.slink.target_size);
    return ::symlinkat(target.c_str(), folder, name.c_str()) == 0 ? Result<void>()
                                                                  : cannot_make(shown);
  }

  /// Times matter: otherwise Python takes its compiled files for outdated ones.
  static Result<void> set_attributes(int made, const sqfs_inode_generic_t& inode, mode_t own,
                                     const std::string& shown) {
    const timespec time{static_cast<time_t>(inode.base.mod_time), 0};
    const timespec times[] = {time, time};
    const mode_t mode = (inode.base.mode & 0777) | own;
    if (::fchmod(made, mode) != 0 || ::futimens(made, times) != 0) return cannot_make(shown);
    return {};
  }

  static Error cannot_make(const std::string& shown) {
    return Error::from_errno("cannot unpack " + shown, errno,
                             errno == ENOSPC || errno == EDQUOT ? Fault::try_again : Fault::node);
  }

  Archive& archive_;
  std::string file_;
  int root_;  ///< the folder that is filled
  std::vector<char> piece_;
  std::map<std::uint32_t, std::string> files_{};  ///< by inode, the first of their names
};

}  // namespace

Result<void> unpack_squashfs(const std::string& file, const std::string& folder,
                             const std::function<void(std::uint64_t bytes)>& on_start) {
  TRY_ASSIGN(auto archive, Archive::open(file));
  on_start(bytes_in(*archive.root));
  if (::mkdir(folder.c_str(), 0700) != 0) return Error::from_errno("cannot make " + folder, errno);
  const UniqueFd root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root) return Error::from_errno("cannot open " + folder, errno);
  return Unpacking(archive, file, root.get()).fill(root.get(), *archive.root, "");
}

}  // namespace chainer::rootless
