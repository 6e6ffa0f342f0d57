#include "node/archive/tar_reader.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>

namespace chainer::archive {
namespace {

constexpr std::size_t file_block = std::size_t{256} << 10;

struct CloseArchive {
  void operator()(::archive* a) const { archive_read_free(a); }
};

std::string text_or_empty(const char* text) { return text != nullptr ? text : ""; }

/// Some builders write such an entry for the image's root. Docker and tar pass it by.
bool has_empty_name(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  return name != nullptr && *name == '\0';
}

std::optional<FileType> file_type(const archive_entry* entry) {
  switch (archive_entry_filetype(const_cast<archive_entry*>(entry))) {
    case AE_IFREG: return FileType::regular;
    case AE_IFDIR: return FileType::directory;
    case AE_IFLNK: return FileType::symlink;
    case AE_IFCHR: return FileType::character_device;
    case AE_IFBLK: return FileType::block_device;
    case AE_IFIFO: return FileType::fifo;
    case AE_IFSOCK: return FileType::socket;
    default: return std::nullopt;
  }
}

std::uint32_t clamp_to_u32(std::int64_t value) {
  constexpr std::int64_t largest = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 0, largest));
}

/// The kernel's "new" encoding of a device number, which squashfs uses.
std::uint32_t encode_device(std::uint32_t major, std::uint32_t minor) {
  return (minor & 0xff) | (major & 0xfff) << 8 | (minor & 0xfff00) << 12;
}

}  // namespace

struct TarReader::State {
  ByteSource* source{nullptr};
  std::string path{};  ///< of a file, for messages
  std::unique_ptr<::archive, CloseArchive> reader{archive_read_new()};
  std::optional<Error> source_error{};

  static la_ssize_t read_block(::archive*, void* self, const void** block) {
    auto& state = *static_cast<State*>(self);
    auto chunk = state.source->next();
    if (!chunk) {
      state.source_error = std::move(chunk).error();
      archive_set_error(state.reader.get(), EIO, "read");
      return ARCHIVE_FATAL;
    }
    *block = chunk->data();
    return static_cast<la_ssize_t>(chunk->size());
  }

  Error error() const {
    if (source_error) return *source_error;
    const auto what = path.empty() ? std::string("the layer") : path;
    return {what + " is no sound tar archive: " + text_or_empty(archive_error_string(reader.get())),
            "make the image again", 0, Fault::user};
  }
};

TarReader::TarReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TarReader::TarReader(TarReader&&) noexcept = default;
TarReader::~TarReader() = default;

Result<TarReader> TarReader::open(ByteSource& source) {
  auto state = std::make_unique<State>();
  state->source = &source;
  auto* reader = state->reader.get();
  if (reader == nullptr) return Error::from_errno("cannot read a tar archive", ENOMEM);
  archive_read_support_format_tar(reader);
  archive_read_support_format_empty(reader);
  if (archive_read_open(reader, state.get(), nullptr, State::read_block, nullptr) != ARCHIVE_OK) {
    return state->error();
  }
  return TarReader(std::move(state));
}

Result<TarReader> TarReader::open_file(const std::string& path) {
  struct stat status {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (is_there && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    // A pipe would keep whoever opens it waiting, and an archive is read more than once.
    return Error{"cannot read " + path + ": it is no file that can be read twice",
                 "name a file that holds the archive", 0, Fault::user};
  }
  auto state = std::make_unique<State>();
  state->path = path;
  auto* reader = state->reader.get();
  if (reader == nullptr) return Error::from_errno("cannot read " + path, ENOMEM);
  archive_read_support_format_tar(reader);
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_bzip2(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_zstd(reader);
  if (archive_read_open_filename(reader, path.c_str(), file_block) == ARCHIVE_OK) {
    return TarReader(std::move(state));
  }
  const int number = archive_errno(reader);
  const bool unreadable =
      number == ENOENT || number == EACCES || number == EISDIR || number == ENOTDIR;
  return unreadable ? Error::from_errno("cannot read " + path, number, Fault::user)
                    : state->error();
}

Result<std::optional<TarEntry>> TarReader::next() {
  archive_entry* raw = nullptr;
  do {
    const int status = archive_read_next_header(state_->reader.get(), &raw);
    if (status == ARCHIVE_EOF) return std::optional<TarEntry>();
    // A warning is about a pax record or a character set that we do not need.
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return state_->error();
  } while (has_empty_name(raw));

  TarEntry entry;
  entry.path = text_or_empty(archive_entry_pathname(raw));
  if (entry.path.empty()) {
    return Error{"the layer lists a file whose name cannot be read", "make the image again", 0,
                 Fault::user};
  }
  entry.hard_link = text_or_empty(archive_entry_hardlink(raw));
  entry.attributes = {static_cast<std::uint32_t>(archive_entry_perm(raw)) & 07777,
                      clamp_to_u32(archive_entry_uid(raw)), clamp_to_u32(archive_entry_gid(raw)),
                      clamp_to_u32(archive_entry_mtime(raw))};
  if (!entry.hard_link.empty()) return std::optional(std::move(entry));

  const auto type = file_type(raw);
  if (!type) {
    return Error{"the layer lists '" + entry.path + "' as a kind of file that is not known", "", 0,
                 Fault::user};
  }
  entry.type = *type;
  entry.target = text_or_empty(archive_entry_symlink(raw));
  entry.size = static_cast<std::uint64_t>(std::max<std::int64_t>(archive_entry_size(raw), 0));
  entry.device = encode_device(static_cast<std::uint32_t>(archive_entry_rdevmajor(raw)),
                               static_cast<std::uint32_t>(archive_entry_rdevminor(raw)));
  return std::optional(std::move(entry));
}

Result<std::optional<TarData>> TarReader::next_data() {
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int status = archive_read_data_block(state_->reader.get(), &bytes, &size, &offset);
  if (status == ARCHIVE_EOF) return std::optional<TarData>();
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return state_->error();
  return std::optional(
      TarData{static_cast<std::uint64_t>(offset), {static_cast<const char*>(bytes), size}});
}

}  // namespace chainer::archive
