// What sinfo, scontrol and srun say of the cluster, read into types.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainer::run {

/// `text` between the separators; one part more than there are.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The words of a list with commas, without empty ones.
std::vector<std::string> listed_words(std::string_view list);

/// The fields of every line that has as many as are asked for; Slurm writes bars between them.
template <std::size_t N>
std::vector<std::array<std::string_view, N>> rows_of(std::string_view text) {
  std::vector<std::array<std::string_view, N>> rows;
  for (const auto line : split(text, '\n')) {
    const auto fields = split(line, '|');
    if (fields.size() != N) continue;
    auto& row = rows.emplace_back();
    for (std::size_t at = 0; at < N; ++at) row[at] = fields[at];
  }
  return rows;
}

/// Nodes of one partition that have the same.
struct NodeGroup {
  std::string partition;
  bool is_default{false};  ///< where jobs go that name no partition
  std::string availability;
  std::optional<std::int64_t> most_minutes;  ///< nothing: no limit
  std::optional<std::int64_t> most_nodes;
  std::int64_t nodes{0};
  std::int64_t cpus{0};
  std::uint64_t memory_mib{0};
  std::string gres;
  std::vector<std::string> features;
};

/// How sinfo is asked for what read_node_groups reads.
std::vector<std::string> question_for_node_groups();
/// Lines that do not read are passed over.
std::vector<NodeGroup> read_node_groups(std::string_view sinfo);

/// How many GPUs a node of the group has; of any kind where `type` is empty.
std::int64_t gpus_of(const NodeGroup& group, std::string_view type);

/// Slurm's way to write a duration, "2-12:30:00" or "90", in minutes, rounded up. Nothing for one
/// without an end.
std::optional<std::int64_t> minutes_of(std::string_view text);

/// The words of an expression such as "a&(b|c)*2" that are names of features.
std::vector<std::string> names_in_constraint(std::string_view expression);

/// The value of NAME in the lines "NAME = value" of `scontrol show config`; empty without it.
std::string value_in_config(std::string_view config, std::string_view name);

/// The names of `scontrol --oneliner show reservation`.
std::vector<std::string> read_reservations(std::string_view scontrol);

/// The types that `srun --mpi=list` names.
std::vector<std::string> read_mpi_types(std::string_view said);

}  // namespace chainer::run
