// Figures for administrators: a node's preparations, and the store.
#pragma once

#include <cstdint>
#include <string>

#include "core/node_figures.hpp"
#include "node/store/store.hpp"

namespace chainer::stats {

struct EntryTotals {
  std::uint64_t entries{0}, bytes{0};
};

/// What lies in the store; of private entries only what the account that looks may see.
struct StoreTotals {
  EntryTotals images, environments;
  std::uint64_t bytes{0};  ///< of all files in it
  std::uint64_t quota{0};  ///< bytes
};

StoreTotals totals_of(const store::Store& store);

struct NodeStats {
  std::string node;     ///< its name
  FiguresFile figures;  ///< since the node's start, or since its folder in /run was made
  StoreTotals store;
};

/// Tables for a person.
std::string stats_text(const NodeStats& stats);

/// One line: an object.
std::string stats_json(const NodeStats& stats);

/// Prometheus' text format, version 0.0.4: for node_exporter's textfile collector, which adds the
/// node's name.
std::string stats_for_prometheus(const NodeStats& stats);

}  // namespace chainer::stats
