#include "node/save/tree_stream.hpp"

#include <unistd.h>

#include <utility>

#include "core/fd_io.hpp"
#include "core/pipe.hpp"

namespace chainer::save {

Result<std::unique_ptr<TreeStream>> TreeStream::start(archive::RootTree& tree,
                                                      std::function<void(std::size_t)> on_bytes) {
  TRY_ASSIGN(auto pipe, Pipe::create());
  return std::unique_ptr<TreeStream>(new TreeStream(
      tree, std::move(pipe.read_end), std::move(pipe.write_end), std::move(on_bytes)));
}

TreeStream::TreeStream(archive::RootTree& tree, UniqueFd read_end, UniqueFd write_end,
                       std::function<void(std::size_t)> on_bytes)
    : on_bytes_(std::move(on_bytes)),
      read_end_(std::move(read_end)),
      write_end_(std::move(write_end)),
      thread_([this, &tree] { write(tree); }) {}

TreeStream::~TreeStream() {
  read_end_.reset();  // a thread that still writes gets EPIPE
  thread_.join();
}

void TreeStream::write(archive::RootTree& tree) {
  const archive::Sink into_pipe = [this](std::string_view bytes) {
    return write_all(write_end_.get(), bytes);
  };
  if (auto written = tree.write_tar(into_pipe); !written) error_ = std::move(written).error();
  write_end_.reset();
}

Result<std::string_view> TreeStream::next() {
  const ssize_t got = read_some(read_end_.get(), buffer_.data(), buffer_.size());
  if (got < 0) return Error::from_errno("cannot read a pipe", errno);
  if (got == 0 && error_) return *error_;
  on_bytes_(static_cast<std::size_t>(got));
  return std::string_view(buffer_.data(), static_cast<std::size_t>(got));
}

}  // namespace chainer::save
