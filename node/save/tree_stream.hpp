// A folder as the plain tar of a layer, made in a thread of its own while the reader works.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "core/unique_fd.hpp"
#include "node/archive/byte_source.hpp"
#include "node/archive/root_tree.hpp"

namespace chainer::save {

class TreeStream : public archive::ByteSource {
 public:
  /// `tree` must outlive the stream. `on_bytes` is told of each piece that is read.
  static Result<std::unique_ptr<TreeStream>> start(archive::RootTree& tree,
                                                   std::function<void(std::size_t)> on_bytes);
  ~TreeStream() override;

  Result<std::string_view> next() override;

 private:
  TreeStream(archive::RootTree& tree, UniqueFd read_end, UniqueFd write_end,
             std::function<void(std::size_t)> on_bytes);
  void write(archive::RootTree& tree);

  std::function<void(std::size_t)> on_bytes_;
  UniqueFd read_end_;
  UniqueFd write_end_;            ///< the thread's
  std::optional<Error> error_{};  ///< the thread's until write_end_ is closed
  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 18);
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace chainer::save
