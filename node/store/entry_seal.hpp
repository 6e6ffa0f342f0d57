// The last page of every entry: what the store knows of it that the squashfs before it cannot say.
//
// It lies in the entry itself, behind what the squashfs's own superblock counts, so that an entry
// and what is known of it come, move and go as one file. The kernel never reads it.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "core/digest.hpp"
#include "core/result.hpp"

namespace chainer::store {

struct EntrySeal {
  std::uint64_t content_size{0};  ///< bytes before the seal
  Digest content;                 ///< SHA-256 of them
  uid_t brought_by{0};            ///< whose preparation made the entry: its bytes are in that share

  static constexpr std::size_t size = 4096;
};

/// Appends the seal to a file that holds the whole squashfs. Reads it back once for its digest.
Result<EntrySeal> seal_entry(int fd, uid_t brought_by);

/// Reads the seal at the end of `fd`. An error when there is none, or when it was made for a file
/// of another size: the entry was cut short or is none of this release's.
Result<EntrySeal> read_seal(int fd);

/// Reads the whole entry. An error that says what differs, unless its bytes are those that were
/// sealed.
Result<void> verify_entry(int fd);

}  // namespace chainer::store
