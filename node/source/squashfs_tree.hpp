// A root file system in a squashfs file of the user's, read here as the user, with libsquashfs: no
// kernel mounts what a user wrote.
#pragma once

#include <memory>
#include <string>

#include "core/unique_fd.hpp"
#include "node/archive/root_tree.hpp"
#include "node/source/file_range.hpp"

namespace chainer::source {

class SquashfsTree : public archive::RootTree {
 public:
  /// `name` is for messages, `stamp` the file's before anything of it was read. A file that is
  /// damaged, or packed in a way that is not known here, is the user's fault.
  static Result<SquashfsTree> open(std::string name, UniqueFd file, FileRange where,
                                   archive::TreeStamp stamp);
  SquashfsTree(SquashfsTree&&) noexcept;
  SquashfsTree& operator=(SquashfsTree&&) = delete;
  ~SquashfsTree() override;

  Result<void> write_tar(const archive::Sink& sink) override;
  std::optional<std::string> small_file(const std::string& path, std::size_t limit) override;
  Result<archive::TreeStamp> stamp() override;

 private:
  struct State;
  explicit SquashfsTree(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace chainer::source
