// What the two sides did for an entry of the store, phase by phase. The store's side measures it: all
// of it is numbers, so that root can take it over.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace chainer {

/// The numbers travel from the store's side to root.
enum class Phase : std::uint32_t {
  wait = 1,      ///< for another preparation of the same thing
  resolve = 2,   ///< what an image or a list of packages means now
  download = 3,  ///< an image's layers
  build = 4,     ///< an environment
  convert = 5,   ///< to squashfs, on the store's disk; an image's beside its download
};

std::string_view name_of(Phase phase);
std::optional<Phase> phase_named(std::string_view name);
std::optional<Phase> phase_numbered(std::uint32_t number);

struct PhaseTime {
  Phase phase;
  double seconds{0};
  std::uint64_t bytes{0};  ///< downloaded, or of the entry that was written
};

/// What had to go from the store to make room.
struct Evicted {
  std::uint64_t entries{0}, bytes{0};
};

struct PreparationWork {
  std::vector<PhaseTime> phases{};
  bool made_here{false};  ///< false when the entry was there or another preparation made it
  Evicted evicted{};

  bool has(Phase phase) const;
  /// Of the entry, where it was made here.
  std::uint64_t bytes() const;
};

/// Of a phase that came before all that is known so far.
void add_first(PreparationWork& work, const PhaseTime& time);

}  // namespace chainer
