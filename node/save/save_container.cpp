#include "node/save/save_container.hpp"

#include <unistd.h>

#include <chrono>
#include <limits>

#include "node/archive/folder_tree.hpp"
#include "node/save/new_file.hpp"
#include "node/save/tree_stream.hpp"
#include "node/squashfs/squashfs_image.hpp"
#include "node/wire/line_pace.hpp"

namespace chainer::save {
namespace {

/// A line now and then, and none for what is quick.
class Progress {
 public:
  Progress(std::string label, std::string file, const wire::Say& say)
      : label_(std::move(label)), file_(std::move(file)), say_(say) {}

  void read(std::size_t bytes) {
    bytes_ += bytes;
    if (!pace_.is_due()) return;
    tell("saving the container as " + file_ + ": " + wire::human_bytes(bytes_) + " read");
  }

  void tell(const std::string& text) const { say_(wire::progress_message(label_, text)); }

 private:
  std::string label_;
  std::string file_;
  const wire::Say& say_;
  std::uint64_t bytes_{0};
  wire::LinePace pace_{};
};

Result<std::uint64_t> write_tree(archive::RootTree& tree, int file, Progress& progress) {
  // The disk and the job's memory are bounds enough: nobody but the user pays for what is written.
  squashfs::ConversionLimits limits{.unpacked_bytes = std::numeric_limits<std::uint64_t>::max(),
                                    .place = "its folder"};
  TRY_ASSIGN(auto image, squashfs::SquashfsImage::create(file, std::move(limits)));
  TRY(image.add_layer([&]() -> Result<std::unique_ptr<archive::ByteSource>> {
    TRY_ASSIGN(auto stream,
               TreeStream::start(tree, [&](std::size_t bytes) { progress.read(bytes); }));
    return {std::move(stream)};
  }));
  return image.finish();
}

}  // namespace

Result<void> save_container(Container container, const std::string& file, const wire::Say& say) {
  const auto start = std::chrono::steady_clock::now();
  Progress progress(container.label, file, say);
  TRY_ASSIGN(auto tree, archive::FolderTree::of_container(
                            std::move(container.root), "the container",
                            {::getuid(),
                             ::getgid(),
                             {{"etc/passwd", std::move(container.passwd_lines)},
                              {"etc/group", std::move(container.group_lines)}}}));
  TRY_ASSIGN(auto saved, NewFile::beside(file, container.unfinished));
  TRY_ASSIGN(const auto bytes, write_tree(tree, saved.fd(), progress));
  TRY(saved.finish());
  if (const auto remark = tree.remark(); !remark.empty()) progress.tell(remark);
  progress.tell("saved the container as " + file + ", " + wire::human_bytes(bytes) + " in " +
                wire::human_seconds(wire::seconds_since(start)));
  return {};
}

}  // namespace chainer::save
