#include "submit/run/request_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "core/diagnostics.hpp"

namespace chainer::run {
namespace {

using Names = std::vector<std::string>;

bool holds(const Names& list, std::string_view one) {
  return std::ranges::find(list, one) != list.end();
}

void add(Names& list, const std::string& one) {
  if (!holds(list, one)) list.push_back(one);
}

/// What the person may have meant instead.
std::string known_ones(std::string_view wanted, const Names& known) {
  const auto meant = nearest(wanted, {known.begin(), known.end()});
  if (!meant.empty()) return fmt::format("did you mean '{}'?", meant);
  return known.empty() ? "there is none" : fmt::format("known: {}", fmt::join(known, ", "));
}

void error(const Origin& origin, const std::string& what, std::string hint, toml::Report& report) {
  report.error(origin.place, fmt::format("{}: {}", origin.key, what), std::move(hint));
}

/// The groups of the partitions that are asked for; partitions that do not exist are reported.
std::vector<NodeGroup> groups_of_run(const Asked& asked, const std::vector<NodeGroup>& groups,
                                     toml::Report& report) {
  Names known, wanted = listed_words(asked.allocation.partition);
  for (const auto& group : groups) {
    add(known, group.partition);
    if (asked.allocation.partition.empty() && group.is_default) add(wanted, group.partition);
  }
  for (const auto& name : wanted) {
    if (holds(known, name)) continue;
    error(asked.origins.partition(), fmt::format("the cluster has no partition '{}'", name),
          known_ones(name, known), report);
  }
  std::vector<NodeGroup> found;
  std::ranges::copy_if(groups, std::back_inserter(found),
                       [&](const NodeGroup& group) { return holds(wanted, group.partition); });
  return found;
}

/// It is enough when one of several partitions is large enough.
void check_size(const Asked& asked, const std::vector<NodeGroup>& open, toml::Report& report) {
  const auto& wanted = asked.allocation;
  const auto& partition = open.front().partition;
  const auto none_gives = [&](std::optional<std::int64_t> NodeGroup::*limit, std::int64_t amount) {
    return std::ranges::none_of(
        open, [&](const NodeGroup& group) { return !(group.*limit) || amount <= *(group.*limit); });
  };
  if (none_gives(&NodeGroup::most_nodes, wanted.nodes)) {
    error(asked.origins.nodes(),
          fmt::format("the run is on {} nodes, and the partition '{}' gives a job {}", wanted.nodes,
                      partition, *open.front().most_nodes),
          "ask for fewer nodes, or for another partition", report);
  }
  if (none_gives(&NodeGroup::most_minutes, wanted.minutes)) {
    error(asked.origins.duration(),
          fmt::format("the run has {} minutes, and the partition '{}' gives a job {}",
                      wanted.minutes, partition, *open.front().most_minutes),
          "ask for less time, or for another partition", report);
  }
}

void warn_of_closed(const Asked& asked, const std::vector<NodeGroup>& open, toml::Report& report) {
  const auto is_up = [](const NodeGroup& group) { return group.availability == "up"; };
  if (std::ranges::any_of(open, is_up)) return;
  const auto origin = asked.origins.partition();
  report.warning(origin.place,
                 fmt::format("{}: the partition '{}' is {}", origin.key, open.front().partition,
                             open.front().availability),
                 "jobs wait there until an administrator lets them start again");
}

void check_features(const Asked& asked, const std::vector<NodeGroup>& open, toml::Report& report) {
  Names known;
  for (const auto& group : open) {
    for (const auto& feature : group.features) {
      if (feature != "(null)") add(known, feature);
    }
  }
  for (const auto& name : names_in_constraint(asked.allocation.constraint)) {
    if (holds(known, name)) continue;
    error(asked.origins.constraint(),
          fmt::format("no node of the partition '{}' has the feature '{}'", open.front().partition,
                      name),
          known_ones(name, known), report);
  }
}

std::int64_t most_gpus(const std::vector<NodeGroup>& open, std::string_view type) {
  std::int64_t most = 0;
  for (const auto& group : open) most = std::max(most, gpus_of(group, type));
  return most;
}

void check_gpus(const Asked& asked, const std::vector<NodeGroup>& open, toml::Report& report) {
  const auto& wanted = asked.allocation;
  if (wanted.gpus_per_node == 0) return;
  const auto& partition = open.front().partition;
  const auto most = most_gpus(open, wanted.gpu_type);
  if (most_gpus(open, "") == 0) {
    error(asked.origins.gpus(), fmt::format("no node of the partition '{}' has a GPU", partition),
          "name a partition with GPUs", report);
  } else if (most == 0) {
    error(asked.origins.gpu_type(),
          fmt::format("no node of the partition '{}' has a GPU of the type '{}'", partition,
                      wanted.gpu_type),
          fmt::format("sinfo --partition={} --format=%G shows what there is", partition), report);
  } else if (most < wanted.gpus_per_node) {
    error(asked.origins.gpus(),
          fmt::format("the run has {} GPUs on each node, and nodes of the partition '{}' have {}",
                      wanted.gpus_per_node, partition, most),
          "ask for fewer GPUs, or for fewer processes on a node", report);
  }
}

/// How much the whole job has of something that Slurm counts.
std::uint64_t amount_of(std::string_view tres, const plan::Allocation& wanted) {
  const auto nodes = static_cast<std::uint64_t>(wanted.nodes);
  if (tres == "node") return nodes;
  if (tres == "cpu") {
    return static_cast<std::uint64_t>(wanted.ranks()) *
           static_cast<std::uint64_t>(wanted.cpus_per_rank);
  }
  if (tres == "mem") return nodes * wanted.memory_mib;
  if (tres == "gres/gpu") return nodes * static_cast<std::uint64_t>(wanted.gpus_per_node);
  return 0;
}

Origin origin_of(std::string_view tres, const ValueOrigins& origins) {
  if (tres == "gres/gpu") return origins.gpus();
  if (tres == "cpu") return origins.processors();
  return tres == "mem" ? origins.memory() : origins.nodes();
}

void check_limits(const Asked& asked, const std::string& whose,
                  const std::optional<std::int64_t>& most_minutes,
                  const std::vector<TresLimit>& limits, toml::Report& report) {
  constexpr auto ask_for_less = "ask for less: a job with more is refused, or waits for ever";
  const auto& wanted = asked.allocation;
  if (most_minutes && wanted.minutes > *most_minutes) {
    error(asked.origins.duration(),
          fmt::format("the run has {} minutes, and {} gives a job {}", wanted.minutes, whose,
                      *most_minutes),
          ask_for_less, report);
  }
  for (const auto& [tres, most] : limits) {
    const auto amount = amount_of(tres, wanted);
    if (amount <= most) continue;
    error(origin_of(tres, asked.origins),
          fmt::format("the run has {}={}, and {} gives {}={}", tres, amount, whose, tres, most),
          ask_for_less, report);
  }
}

/// The associations that the job may run under; none when the reason was reported.
std::vector<Association> usable(const Asked& asked, const std::string& user,
                                const std::vector<Association>& own, toml::Report& report) {
  const auto& wanted = asked.allocation;
  Names accounts;
  for (const auto& one : own) add(accounts, one.account);
  if (accounts.empty()) {
    error(asked.origins.account(), fmt::format("{} has no account in this cluster", user),
          "an administrator gives you one, with sacctmgr", report);
    return {};
  }
  const auto account = wanted.account.empty() ? own.front().default_account : wanted.account;
  if (!holds(accounts, account)) {
    error(asked.origins.account(), fmt::format("{} may not use the account '{}'", user, account),
          known_ones(account, accounts), report);
    return {};
  }
  std::vector<Association> found;
  const auto partitions = listed_words(wanted.partition);
  std::ranges::copy_if(own, std::back_inserter(found), [&](const Association& one) {
    const bool is_open =
        one.partition.empty() || partitions.empty() || holds(partitions, one.partition);
    return one.account == account && is_open;
  });
  if (found.empty()) {
    error(asked.origins.partition(),
          fmt::format("the account '{}' may not be used in the partition '{}'", account,
                      wanted.partition),
          "name another account or another partition", report);
  }
  return found;
}

}  // namespace

void check_partitions(const Asked& asked, const std::vector<NodeGroup>& groups,
                      toml::Report& report) {
  const auto open = groups_of_run(asked, groups, report);
  if (open.empty()) return;
  check_size(asked, open, report);
  warn_of_closed(asked, open, report);
  check_features(asked, open, report);
  check_gpus(asked, open, report);
}

void check_reservations(const Asked& asked, const std::vector<std::string>& known,
                        toml::Report& report) {
  for (const auto& name : listed_words(asked.allocation.reservation)) {
    if (holds(known, name)) continue;
    error(asked.origins.reservation(), fmt::format("the cluster has no reservation '{}'", name),
          known_ones(name, known), report);
  }
}

void check_accounts(const Asked& asked, const std::string& user,
                    const std::vector<Association>& own,
                    const std::vector<QualityOfService>& all_qos, toml::Report& report) {
  const auto usable_ones = usable(asked, user, own, report);
  Names names, allowed;
  for (const auto& qos : all_qos) names.push_back(qos.name);
  for (const auto& one : usable_ones) {
    for (const auto& name : one.qos) add(allowed, name);
  }
  const auto& wanted = asked.allocation.qos;
  if (!wanted.empty() && !holds(names, wanted)) {
    return error(asked.origins.qos(), fmt::format("the cluster has no QOS '{}'", wanted),
                 known_ones(wanted, names), report);
  }
  if (usable_ones.empty()) return;
  const auto& association = usable_ones.front();
  if (!wanted.empty() && !holds(allowed, wanted)) {
    return error(
        asked.origins.qos(),
        fmt::format("the account '{}' gives {} no QOS '{}'", association.account, user, wanted),
        known_ones(wanted, allowed), report);
  }
  check_limits(asked, fmt::format("the account '{}'", association.account),
               association.most_minutes, association.limits, report);
  const auto& in_force = wanted.empty() ? association.default_qos : wanted;
  const auto qos = std::ranges::find(all_qos, in_force, &QualityOfService::name);
  if (qos == all_qos.end()) return;
  check_limits(asked, fmt::format("the QOS '{}'", qos->name), qos->most_minutes, qos->limits,
               report);
}

void check_mpi(const Asked& asked, const std::string& mpi, const std::vector<std::string>& known,
               toml::Report& report) {
  if (holds(known, mpi)) return;
  const auto origin = asked.origins.mpi();
  report.error(origin.place, fmt::format("srun has no --mpi={}, which the target asks for", mpi),
               known_ones(mpi, known));
}

}  // namespace chainer::run
