// A tar stream, entry by entry, with libarchive: ustar, pax, GNU long names and sparse files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "node/archive/byte_source.hpp"
#include "node/archive/file_attributes.hpp"

namespace chainer::archive {

struct TarEntry {
  std::string path;
  FileType type{FileType::regular};
  Attributes attributes{};
  std::string target{};     ///< of a symlink
  std::string hard_link{};  ///< of a hard link: the path that it is another name of; else empty
  std::uint32_t device{0};
  std::uint64_t size{0};
};

/// A piece of a regular file; what lies between two pieces is zeros.
struct TarData {
  std::uint64_t offset{0};
  std::string_view bytes;
};

class TarReader {
 public:
  /// `source` gives the plain tar and must outlive the reader.
  static Result<TarReader> open(ByteSource& source);
  /// A tar file of the user's, plain or packed with gzip, bzip2, xz or zstd. Data that nobody asks
  /// for is skipped without being read where that is possible.
  static Result<TarReader> open_file(const std::string& path);
  TarReader(TarReader&&) noexcept;
  TarReader& operator=(TarReader&&) = delete;
  ~TarReader();

  /// The next entry; empty at the end. Unread data of the entry before it is skipped.
  Result<std::optional<TarEntry>> next();
  /// The next piece of the current entry, valid until the next call; empty at its end.
  Result<std::optional<TarData>> next_data();

 private:
  struct State;
  explicit TarReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace chainer::archive
