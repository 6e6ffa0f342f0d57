// What the store's side tells root: a fixed-size record over a pipe that only these two hold. Root
// mounts only what is named here. The cause of a failure may hold words of a user or of the
// network: it goes into the node's log and decides nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/preparation_work.hpp"
#include "core/result.hpp"
#include "core/store_entry.hpp"

namespace chainer {

/// How a preparation ended.
enum class Outcome : std::uint32_t {
  ready = 0,       ///< the entry is in the store
  user_fault = 1,  ///< what was asked for does not exist or is malformed
  node_fault = 2,  ///< this node or the store is set up wrongly
  try_again = 3,   ///< out of reach or full for the moment
};

/// Who has to act after such an end, for whoever reports it.
Fault fault_of(Outcome outcome);

struct StoreVerdict {
  Outcome outcome{Outcome::node_fault};
  std::optional<StoreEntry> entry;  ///< present when, and only when, outcome is ready
  std::string cause{};     ///< of a failure, on one line; what is longer than longest_cause is cut
  PreparationWork work{};  ///< what it took, where it is ready: for people, and decides nothing

  static constexpr std::size_t longest_cause = 383;
  static constexpr std::size_t most_phases = 6;
  static constexpr std::size_t encoded_size = 60 + longest_cause + 1 + 4 + 16 * most_phases + 16;
  using Encoded = std::array<std::uint8_t, encoded_size>;

  Encoded encode() const;
  /// Empty for anything that encode would not write: wrong magic, version, outcome, kind,
  /// audience or phase. The cause is made printable.
  static std::optional<StoreVerdict> decode(std::span<const std::uint8_t> bytes);
};

}  // namespace chainer
