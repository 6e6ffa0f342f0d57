// Writes a squashfs file with libsquashfs: contents first, as they come; then a FileTree's names.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/result.hpp"
#include "node/squashfs/file_tree.hpp"
#include "node/squashfs/squashfs_output.hpp"

namespace chainer::squashfs {

class SquashfsWriter {
 public:
  /// `output`, and every Inode that it is given, must outlive the writer. Equal input gives equal
  /// bytes, however many threads compress.
  static Result<SquashfsWriter> create(SquashfsOutput& output);
  SquashfsWriter(SquashfsWriter&&) noexcept;
  SquashfsWriter& operator=(SquashfsWriter&&) = delete;
  ~SquashfsWriter();

  // The contents of one regular file after the other; they end up in `inode.contents`.
  // `name`, without folders, decides how they are stored.
  Result<void> begin_file(Inode& inode, std::string_view name);
  Result<void> append(std::string_view bytes);
  Result<void> append_zeros(std::uint64_t count);
  Result<void> end_file();

  /// Writes inodes, directories and tables.
  Result<void> finish(FileTree& tree);

 private:
  struct State;
  explicit SquashfsWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace chainer::squashfs
