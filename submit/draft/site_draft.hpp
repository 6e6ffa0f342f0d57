// A site file from what the cluster says of itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/byte_size.hpp"
#include "submit/run/cluster_accounts.hpp"
#include "submit/run/cluster_facts.hpp"
#include "submit/toml/toml_value.hpp"

namespace chainer::draft {

/// What Slurm said.
struct ClusterFacts {
  std::string cluster;  ///< its name
  std::string version;
  std::vector<run::NodeGroup> groups;
  std::vector<std::string> mpi_types;
  std::optional<std::vector<run::QualityOfService>> qos{};  ///< nothing: no accounts are kept
};

/// What Slurm does not know.
struct SiteChoices {
  std::string runs;       ///< absolute
  std::string image{};    ///< for runs that name none; empty: they have to
  std::string recipes{};  ///< the folder of curated recipes; empty: beside the file
};

/// The text of a commented site file: a node type for each kind of node, a target for each
/// partition, the limits that all partitions have.
std::string site_text(const ClusterFacts& cluster, const SiteChoices& choices);

/// What Slurm says now, in `drafted`, and `site`, an earlier site file, does not: a line each, as
/// "node_types.big.cpus: 32 in the file, 64 in Slurm". Partitions are what the two have in common:
/// names of targets and node types are the file's own matter.
std::vector<std::string> site_changes(const toml::Table& site, const toml::Table& drafted);

}  // namespace chainer::draft
