// What sinfo, scontrol and srun say about the cluster, read into types.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainer::run {

/// `text` split at the separators, which gives one part more than there are separators.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The words of a comma-separated list, without empty ones.
std::vector<std::string> listed_words(std::string_view list);

/// The fields of every line that has as many as asked for; Slurm writes bars between them.
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

/// Nodes of one partition with the same properties.
struct NodeGroup {
  std::string partition;
  bool is_default{false};  ///< jobs that name no partition go there
  std::string availability;
  std::optional<std::int64_t> most_minutes;  ///< nothing: no limit
  std::optional<std::int64_t> most_nodes;
  std::int64_t nodes{0};
  std::int64_t cpus{0};
  std::uint64_t memory_mib{0};
  std::string gres;
  std::vector<std::string> features;
};

/// The sinfo command whose output read_node_groups reads.
std::vector<std::string> question_for_node_groups();
/// Lines that cannot be read are passed over.
std::vector<NodeGroup> read_node_groups(std::string_view sinfo);

/// How many GPUs `gres` of a node names, as in "gpu:a100:4(S:0-1)"; of any type where `type` is empty.
std::int64_t gpus_in(std::string_view gres, std::string_view type);
/// How many GPUs a node of the group has; of any type where `type` is empty.
std::int64_t gpus_of(const NodeGroup& group, std::string_view type);

/// A duration as Slurm writes it, "2-12:30:00" or "90", in minutes, rounded up. Nothing for an
/// unlimited one.
std::optional<std::int64_t> minutes_of(std::string_view text);

/// The names of features in an expression such as "a&(b|c)*2".
std::vector<std::string> names_in_constraint(std::string_view expression);

/// The value of NAME in the lines "NAME = value" of `scontrol show config`; empty when it is not
/// there.
std::string value_in_config(std::string_view config, std::string_view name);

/// The names in the output of `scontrol --oneliner show reservation`.
std::vector<std::string> read_reservations(std::string_view scontrol);

/// The types that `srun --mpi=list` names.
std::vector<std::string> read_mpi_types(std::string_view said);

}  // namespace chainer::run
