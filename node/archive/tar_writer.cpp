#include "node/archive/tar_writer.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <optional>

namespace chainer::archive {
namespace {

constexpr int block_size = 256 * 1024;

struct FreeWriter {
  void operator()(::archive* writer) const { ::archive_write_free(writer); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { ::archive_entry_free(entry); }
};

unsigned kind_of(FileType type) {
  switch (type) {
    case FileType::directory: return AE_IFDIR;
    case FileType::regular: return AE_IFREG;
    case FileType::symlink: return AE_IFLNK;
    case FileType::character_device: return AE_IFCHR;
    case FileType::block_device: return AE_IFBLK;
    case FileType::fifo: return AE_IFIFO;
    case FileType::socket: break;  // tar has none; whoever reads a tree leaves them out
  }
  return AE_IFSOCK;
}

}  // namespace

struct TarWriter::State {
  explicit State(const Sink& into) : sink(into) {}

  const Sink& sink;
  std::string path{};  ///< of the entry that is being written, for messages
  std::optional<Error> sink_error{};
  bool is_finished{false};
  std::unique_ptr<::archive, FreeWriter> writer{::archive_write_new()};  // last: it may call back

  /// Tells libarchive nothing of a sink that failed: a writer that knows does not free its buffer.
  static la_ssize_t pass_on(::archive*, void* self, const void* bytes, std::size_t size) {
    auto* state = static_cast<State*>(self);
    if (!state->sink_error) {
      auto passed = state->sink({static_cast<const char*>(bytes), size});
      if (!passed) state->sink_error = std::move(passed).error();
    }
    return static_cast<la_ssize_t>(size);
  }

  Result<void> outcome(bool is_good) const {
    if (sink_error) return *sink_error;
    return is_good ? Result<void>() : failed();
  }

  Error failed() const {
    const char* text = ::archive_error_string(writer.get());
    return {"cannot pack " + (path.empty() ? "the tree" : path) + ": " +
            (text != nullptr ? text : "unknown error")};
  }
};

TarWriter::TarWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
TarWriter::TarWriter(TarWriter&&) noexcept = default;

/// libarchive ends an archive when it is freed. One that was not finished must have no end: a reader
/// would take the part of a tree for the whole.
TarWriter::~TarWriter() {
  if (state_ && !state_->is_finished) state_->sink_error = Error{"the archive was not finished"};
}

Result<TarWriter> TarWriter::start(const Sink& sink) {
  auto state = std::make_unique<State>(sink);
  auto* writer = state->writer.get();
  if (writer == nullptr) return Error::from_errno("cannot write a tar archive", ENOMEM);
  ::archive_write_set_format_pax_restricted(writer);
  ::archive_write_set_bytes_per_block(writer, block_size);
  ::archive_write_set_bytes_in_last_block(writer, 1);
  if (::archive_write_open2(writer, state.get(), nullptr, State::pass_on, nullptr, nullptr) !=
      ARCHIVE_OK) {
    return state->failed();
  }
  return TarWriter(std::move(state));
}

Result<void> TarWriter::add(const TarEntry& entry) {
  const std::unique_ptr<archive_entry, FreeEntry> header(::archive_entry_new());
  auto* raw = header.get();
  state_->path = entry.path;
  ::archive_entry_set_pathname(raw, entry.path.c_str());
  ::archive_entry_set_filetype(raw, kind_of(entry.type));
  ::archive_entry_set_perm(raw, entry.attributes.mode);
  ::archive_entry_set_uid(raw, entry.attributes.uid);
  ::archive_entry_set_gid(raw, entry.attributes.gid);
  ::archive_entry_set_mtime(raw, entry.attributes.mtime, 0);
  if (!entry.target.empty()) ::archive_entry_set_symlink(raw, entry.target.c_str());
  if (!entry.hard_link.empty()) ::archive_entry_set_hardlink(raw, entry.hard_link.c_str());
  if (entry.type == FileType::regular && entry.hard_link.empty())
    ::archive_entry_set_size(raw, static_cast<la_int64_t>(entry.size));
  const bool is_device =
      entry.type == FileType::character_device || entry.type == FileType::block_device;
  if (is_device) ::archive_entry_set_rdev(raw, entry.device);
  return state_->outcome(::archive_write_header(state_->writer.get(), raw) >= ARCHIVE_WARN);
}

Result<void> TarWriter::append(std::string_view bytes) {
  return state_->outcome(::archive_write_data(state_->writer.get(), bytes.data(), bytes.size()) >=
                         0);
}

Result<void> TarWriter::finish() {
  state_->path.clear();
  state_->is_finished = true;
  return state_->outcome(::archive_write_close(state_->writer.get()) == ARCHIVE_OK);
}

}  // namespace chainer::archive
