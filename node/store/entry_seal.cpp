#include "node/store/entry_seal.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "core/fd_io.hpp"
#include "core/result.hpp"
#include "node/wire/blob_hash.hpp"

namespace chainer::store {
namespace {

// A store may be shared by machines of both byte orders: numbers are little-endian.
struct Wire {
  char magic[8];
  std::uint8_t version[8];
  std::uint8_t content_size[8];
  std::uint8_t brought_by[8];
  std::uint8_t content[Digest::size];
  std::uint8_t check[Digest::size];  // of what stands before it in this page
};
static_assert(sizeof(Wire) <= EntrySeal::size);

constexpr char magic[9] = "chainerE";
constexpr std::uint64_t seal_version = 1;
constexpr std::size_t read_at_once = std::size_t{1} << 20;

void put_number(std::uint8_t (&bytes)[8], std::uint64_t number) {
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(number);
    number >>= 8;
  }
}

std::uint64_t number_from(const std::uint8_t (&bytes)[8]) {
  std::uint64_t number = 0;
  for (int i = 7; i >= 0; --i) number = number << 8 | bytes[i];
  return number;
}

Digest check_of(const Wire& wire) {
  return wire::BlobHash::of({reinterpret_cast<const char*>(&wire), offsetof(Wire, check)});
}

Error damaged(std::string why) { return {"the entry is damaged: " + std::move(why), "", EBADMSG}; }

Result<std::uint64_t> size_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return Error::from_errno("cannot stat the entry", errno);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<Digest> digest_of_content(int fd, std::uint64_t size) {
  wire::BlobHash hash;
  std::vector<char> buffer(read_at_once);
  for (std::uint64_t at = 0; at < size;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - at));
    const ssize_t got = ::pread(fd, buffer.data(), wanted, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::from_errno("cannot read the entry", errno);
    if (got == 0) return damaged("it ends early");
    hash.update({buffer.data(), static_cast<std::size_t>(got)});
    at += static_cast<std::uint64_t>(got);
  }
  return hash.finish();
}

}  // namespace

Result<EntrySeal> seal_entry(int fd, uid_t brought_by) {
  TRY_ASSIGN(const auto size, size_of(fd));
  TRY_ASSIGN(const auto content, digest_of_content(fd, size));

  Wire wire{};
  std::memcpy(wire.magic, magic, sizeof wire.magic);
  put_number(wire.version, seal_version);
  put_number(wire.content_size, size);
  put_number(wire.brought_by, brought_by);
  std::ranges::copy(content.bytes(), wire.content);
  std::ranges::copy(check_of(wire).bytes(), wire.check);
  std::string page(EntrySeal::size, '\0');
  std::memcpy(page.data(), &wire, sizeof wire);
  if (::lseek(fd, 0, SEEK_END) < 0) return Error::from_errno("cannot seal the entry", errno);
  if (auto written = write_all(fd, page); !written)
    return std::move(written).error().within("cannot seal the entry");
  return EntrySeal{size, content, brought_by};
}

Result<EntrySeal> read_seal(int fd) {
  TRY_ASSIGN(const auto size, size_of(fd));
  if (size < EntrySeal::size) return damaged("it is too short");
  Wire wire{};
  const auto content_size = size - EntrySeal::size;
  const ssize_t got = ::pread(fd, &wire, sizeof wire, static_cast<off_t>(content_size));
  if (got < 0) return Error::from_errno("cannot read the entry", errno);
  if (got != sizeof wire || std::memcmp(wire.magic, magic, sizeof wire.magic) != 0 ||
      number_from(wire.version) != seal_version ||
      !std::ranges::equal(check_of(wire).bytes(), wire.check)) {
    return damaged("its last page is not what this release writes");
  }
  if (number_from(wire.content_size) != content_size)
    return damaged("it was sealed with another size");
  Digest::Bytes content{};
  std::ranges::copy(wire.content, content.begin());
  return EntrySeal{content_size, Digest::from_bytes(content),
                   static_cast<uid_t>(number_from(wire.brought_by))};
}

Result<void> verify_entry(int fd) {
  TRY_ASSIGN(const auto seal, read_seal(fd));
  TRY_ASSIGN(const auto content, digest_of_content(fd, seal.content_size));
  if (content == seal.content) return {};
  return damaged("its bytes are not those that were written");
}

}  // namespace chainer::store
