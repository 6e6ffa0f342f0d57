#include "core/store_verdict.hpp"

#include <algorithm>
#include <cstring>

namespace chainer {
namespace {

// Both ends run on one machine and come from one build: host byte order, and a version to be sure.
struct Wire {
  std::uint8_t magic[8];
  std::uint32_t version;
  std::uint32_t outcome;
  std::uint32_t is_private;
  std::uint32_t owner;
  std::uint8_t key[Digest::size];
};
static_assert(sizeof(Wire) == StoreVerdict::encoded_size);

constexpr std::uint8_t magic[8] = {'c', 'h', 'a', 'i', 'n', 'e', 'r', 'V'};
constexpr std::uint32_t version = 1;

}  // namespace

StoreVerdict::Encoded StoreVerdict::encode() const {
  Wire wire{};
  std::ranges::copy(magic, wire.magic);
  wire.version = version;
  wire.outcome = static_cast<std::uint32_t>(outcome);
  if (entry) {
    wire.is_private = entry->owner.has_value();
    wire.owner = entry->owner.value_or(0);
    std::ranges::copy(entry->key.bytes(), wire.key);
  }
  Encoded bytes{};
  std::memcpy(bytes.data(), &wire, sizeof wire);
  return bytes;
}

std::optional<StoreVerdict> StoreVerdict::decode(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != encoded_size) return std::nullopt;
  Wire wire{};
  std::memcpy(&wire, bytes.data(), sizeof wire);
  if (!std::ranges::equal(wire.magic, magic) || wire.version != version) return std::nullopt;
  if (wire.outcome > static_cast<std::uint32_t>(Outcome::try_again) || wire.is_private > 1) {
    return std::nullopt;
  }

  StoreVerdict verdict{static_cast<Outcome>(wire.outcome), std::nullopt};
  if (verdict.outcome != Outcome::ready) return verdict;
  Digest::Bytes key{};
  std::ranges::copy(wire.key, key.begin());
  verdict.entry = StoreEntry{Digest::from_bytes(key), std::nullopt};
  if (wire.is_private) verdict.entry->owner = wire.owner;
  return verdict;
}

}  // namespace chainer
