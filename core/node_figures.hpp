// What the preparations of a node amounted to since its folder RUN_DIR was made: counters, which the plugin
// adds to and `chainer-node stats` reads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/preparation_work.hpp"
#include "core/result.hpp"

namespace chainer {

constexpr std::size_t number_of_phases = 5;

/// What was done for a phase, over all preparations.
struct PhaseFigures {
  std::uint64_t times, microseconds, bytes;
};

/// Of all images, or of all environments.
struct EntryFigures {
  std::uint64_t found;   ///< were in the store
  std::uint64_t waited;  ///< were made by another preparation meanwhile
  std::uint64_t made;    ///< were made by the preparation
  std::array<PhaseFigures, number_of_phases> phases;
};

/// Counters alone, which the file holds as they lie here.
struct NodeFigures {
  std::uint64_t warm, made;                                        ///< preparations that went well
  std::uint64_t failed_for_user, failed_for_node, failed_for_now;  ///< by who has to act: Fault
  std::uint64_t microseconds;                                      ///< of all preparations
  EntryFigures images, environments;
  std::uint64_t evicted_entries, evicted_bytes;  ///< for what was made on this node

  std::uint64_t failed() const { return failed_for_user + failed_for_node + failed_for_now; }
};

/// Where one phase's figures lie among `phases`; its name says which it is.
std::size_t index_of(Phase phase);
std::string_view phase_name_at(std::size_t index);

/// The file as it lies on the node. It has no holes, and each counter can be added to in one step.
struct FiguresFile {
  std::array<char, 8> magic;
  std::uint64_t version;
  std::uint64_t since;  ///< seconds since 1970
  NodeFigures figures;

  static FiguresFile empty(std::uint64_t since);
  /// False for a file of another release, or of nobody's.
  bool is_ours() const;
};

constexpr std::string_view figures_name = "figures";  ///< of the file in RUN_DIR

/// What the node's file says; all zero where there is none yet.
Result<FiguresFile> read_figures(const std::string& run_dir);

}  // namespace chainer
