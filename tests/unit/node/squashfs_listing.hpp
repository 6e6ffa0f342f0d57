// What is in a squashfs file, read back with libsquashfs, one line per name.
#pragma once

#include <fcntl.h>
#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>

#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace chainer {

/// path → "d 755 7:8", "f 644 7:8 [content]", "l target", "p", "c 1:3". With more than one name an
/// inode's number follows: " #5 x2".
class SquashfsListing {
 public:
  explicit SquashfsListing(const std::string& path) {
    file_.reset(sqfs_open_file(path.c_str(), SQFS_FILE_OPEN_READ_ONLY));
    if (!file_) throw std::runtime_error("cannot open " + path);
    must(sqfs_super_read(&super_, file_.get()));
    sqfs_compressor_config_t config{};
    must(sqfs_compressor_config_init(&config, static_cast<SQFS_COMPRESSOR>(super_.compression_id),
                                     super_.block_size, SQFS_COMP_FLAG_UNCOMPRESS));
    sqfs_compressor_t* compressor = nullptr;
    must(sqfs_compressor_create(&config, &compressor));
    compressor_.reset(compressor);
    ids_.reset(sqfs_id_table_create(0));
    must(sqfs_id_table_read(ids_.get(), file_.get(), &super_, compressor_.get()));
    folders_.reset(sqfs_dir_reader_create(&super_, compressor_.get(), file_.get(), 0));
    data_.reset(sqfs_data_reader_create(file_.get(), super_.block_size, compressor_.get(), 0));
    must(sqfs_data_reader_load_fragment_table(data_.get(), &super_));
    sqfs_tree_node_t* root = nullptr;
    must(sqfs_dir_reader_get_full_hierarchy(folders_.get(), ids_.get(), nullptr, 0, &root));
    for (const auto* child = root->children; child != nullptr; child = child->next) add("", *child);
    sqfs_dir_tree_destroy(root);
  }

  const std::map<std::string, std::string>& lines() const { return lines_; }

 private:
  struct Destroy {
    void operator()(void* object) const { sqfs_destroy(object); }
  };
  template <typename T>
  using Owned = std::unique_ptr<T, Destroy>;

  static void must(int status) {
    if (status != 0) throw std::runtime_error("libsquashfs says " + std::to_string(status));
  }

  void add(const std::string& folder, const sqfs_tree_node_t& node) {
    const auto path = folder + reinterpret_cast<const char*>(node.name);
    lines_[path] = describe(node);
    for (const auto* child = node.children; child != nullptr; child = child->next)
      add(path + "/", *child);
  }

  std::string describe(const sqfs_tree_node_t& node) {
    const auto& inode = *node.inode;
    char owner[64];
    std::snprintf(owner, sizeof owner, " %o %u:%u", inode.base.mode & 07777U, node.uid, node.gid);
    switch (inode.base.type) {
      case SQFS_INODE_DIR:
      case SQFS_INODE_EXT_DIR: return std::string("d") + owner;
      case SQFS_INODE_SLINK:
        return "l " + std::string(reinterpret_cast<const char*>(inode.extra),
                                  inode.data.slink.target_size);
      case SQFS_INODE_FIFO: return "p";
      case SQFS_INODE_CDEV:
        return "c " + std::to_string(inode.data.dev.devno >> 8) + ":" +
               std::to_string(inode.data.dev.devno & 255);
      default: break;
    }
    sqfs_u64 size = 0;
    must(sqfs_inode_get_file_size(&inode, &size));
    std::string content(size, '\0');
    sqfs_u64 done = 0;
    while (done < size) {
      const auto got =
          sqfs_data_reader_read(data_.get(), &inode, done, content.data() + done,
                                static_cast<sqfs_u32>(std::min<sqfs_u64>(size - done, 1 << 20)));
      if (got <= 0) throw std::runtime_error("cannot read a file back");
      done += static_cast<sqfs_u64>(got);
    }
    std::string line = std::string("f") + owner + " [" + content + "]";
    const bool extended = inode.base.type == SQFS_INODE_EXT_FILE;
    if (extended && inode.data.file_ext.nlink > 1) {
      line += " #" + std::to_string(inode.base.inode_number) + " x" +
              std::to_string(inode.data.file_ext.nlink);
    }
    return line;
  }

  Owned<sqfs_file_t> file_;
  sqfs_super_t super_{};
  Owned<sqfs_compressor_t> compressor_;
  Owned<sqfs_id_table_t> ids_;
  Owned<sqfs_dir_reader_t> folders_;
  Owned<sqfs_data_reader_t> data_;
  std::map<std::string, std::string> lines_;
};

}  // namespace chainer
