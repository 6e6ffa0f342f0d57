#include "core/store_verdict.hpp"

#include <algorithm>
#include <cstring>

#include "core/printable.hpp"

namespace chainer {
namespace {

// Both ends run on one machine and come from one build: host byte order, and a version to be sure.
struct Wire {
  std::uint8_t magic[8];
  std::uint32_t version;
  std::uint32_t outcome;
  std::uint32_t kind;      // EntryKind; 0 without an entry
  std::uint32_t audience;  // the numbers below
  std::uint32_t user;      // 0 unless the audience is one user
  std::uint8_t key[Digest::size];
  char cause[StoreVerdict::longest_cause + 1];  // ends with a zero
  std::uint32_t made_here;                      // 0 or 1
  struct {
    std::uint32_t phase;  // 0: no more
    std::uint32_t milliseconds;
    std::uint64_t bytes;
  } phases[StoreVerdict::most_phases];
  std::uint64_t evicted_entries, evicted_bytes;
};
static_assert(sizeof(Wire) == StoreVerdict::encoded_size);

constexpr std::uint8_t magic[8] = {'c', 'h', 'a', 'i', 'n', 'e', 'r', 'V'};
constexpr std::uint32_t version = 5;

constexpr std::uint32_t everyone = 0;
constexpr std::uint32_t sharers = 1;
constexpr std::uint32_t one_user = 2;

std::uint32_t number_of(const Audience& audience) {
  if (audience.is_everyone()) return everyone;
  return audience.is_sharers() ? sharers : one_user;
}

std::optional<Audience> audience_from(const Wire& wire) {
  if (wire.audience == one_user) return Audience::only(wire.user);
  if (wire.user != 0) return std::nullopt;
  if (wire.audience == everyone) return Audience::everyone();
  if (wire.audience == sharers) return Audience::sharers();
  return std::nullopt;
}

std::uint32_t whole_milliseconds(double seconds) {
  constexpr double most = 4'000'000;
  return static_cast<std::uint32_t>(std::clamp(seconds, 0.0, most) * 1000);
}

void put_work(const PreparationWork& work, Wire& wire) {
  wire.made_here = work.made_here ? 1 : 0;
  wire.evicted_entries = work.evicted.entries;
  wire.evicted_bytes = work.evicted.bytes;
  const auto count = std::min(work.phases.size(), StoreVerdict::most_phases);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [phase, seconds, bytes] = work.phases[i];
    wire.phases[i] = {static_cast<std::uint32_t>(phase), whole_milliseconds(seconds), bytes};
  }
}

/// Empty for a phase that nobody knows.
std::optional<PreparationWork> work_from(const Wire& wire) {
  if (wire.made_here > 1) return std::nullopt;
  PreparationWork work{{}, wire.made_here == 1, {wire.evicted_entries, wire.evicted_bytes}};
  for (const auto& [number, milliseconds, bytes] : wire.phases) {
    if (number == 0) break;
    const auto phase = phase_numbered(number);
    if (!phase) return std::nullopt;
    work.phases.push_back({*phase, milliseconds / 1000.0, bytes});
  }
  return work;
}

bool is_kind(std::uint32_t number) {
  return number >= static_cast<std::uint32_t>(EntryKind::manifest) &&
         number <= static_cast<std::uint32_t>(EntryKind::difference);
}

}  // namespace

Fault fault_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::user_fault: return Fault::user;
    case Outcome::try_again: return Fault::try_again;
    case Outcome::ready:
    case Outcome::node_fault: break;
  }
  return Fault::node;
}

StoreVerdict::Encoded StoreVerdict::encode() const {
  Wire wire{};
  std::ranges::copy(magic, wire.magic);
  wire.version = version;
  wire.outcome = static_cast<std::uint32_t>(outcome);
  if (entry) {
    wire.kind = static_cast<std::uint32_t>(entry->kind);
    wire.audience = number_of(entry->audience);
    wire.user = entry->audience.user().value_or(0);
    std::ranges::copy(entry->key.bytes(), wire.key);
  }
  // What is left of the field stays zero, and ends the text.
  std::ranges::copy(printable(cause, longest_cause), wire.cause);
  put_work(work, wire);
  Encoded bytes{};
  std::memcpy(bytes.data(), &wire, sizeof wire);
  return bytes;
}

std::optional<StoreVerdict> StoreVerdict::decode(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != encoded_size) return std::nullopt;
  Wire wire{};
  std::memcpy(&wire, bytes.data(), sizeof wire);
  if (!std::ranges::equal(wire.magic, magic) || wire.version != version) return std::nullopt;
  if (wire.outcome > static_cast<std::uint32_t>(Outcome::try_again)) return std::nullopt;

  StoreVerdict verdict{static_cast<Outcome>(wire.outcome), std::nullopt};
  if (verdict.outcome != Outcome::ready) {
    const std::string_view cause(wire.cause, longest_cause);
    verdict.cause = printable(cause.substr(0, cause.find('\0')), longest_cause);
    return verdict;
  }
  const auto audience = audience_from(wire);
  auto work = work_from(wire);
  if (!is_kind(wire.kind) || !audience || !work) return std::nullopt;
  Digest::Bytes key{};
  std::ranges::copy(wire.key, key.begin());
  verdict.entry = StoreEntry{static_cast<EntryKind>(wire.kind), Digest::from_bytes(key), *audience};
  verdict.work = *std::move(work);
  return verdict;
}

}  // namespace chainer
