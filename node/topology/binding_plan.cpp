#include "node/topology/binding_plan.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/name_list.hpp"

namespace chainer::topology {
namespace {

using Ranks = std::vector<std::size_t>;

/// Plans in three steps: each rank gets a part of the machine as its home; from the smallest parts
/// to the whole, ranks take the free cores that are nearest; at last they let go of what is far.
class Planner {
 public:
  Planner(const Machine& machine, std::size_t ranks, const std::vector<Gpu>& gpus)
      : machine_(machine), gpus_(gpus), homes_(ranks), taken_(ranks), lacks_(ranks) {
    const auto cores = machine.usable_cores(machine.whole);
    even_share_ = std::max<std::size_t>(1, cores / ranks);
    ranks_per_core_ = (ranks + cores - 1) / cores;
    at_first_ = std::max<std::size_t>(1, ranks / cores);
    std::ranges::fill(lacks_, even_share_);
  }

  std::vector<std::vector<std::size_t>> cores_of_ranks() {
    Ranks all(homes_.size());
    std::iota(all.begin(), all.end(), 0);
    settle(machine_.whole, all);
    // As many ranks on each core as all cores can have, then one more where some are left over.
    take_in_all_parts(at_first_);
    if (std::ranges::any_of(taken_, &std::vector<std::size_t>::empty)) take_in_all_parts(1);
    if (ranks_per_core_ == 1) std::ranges::for_each(all, [this](auto rank) { let_go(rank); });
    for (auto& cores : taken_) std::ranges::sort(cores);
    return std::move(taken_);
  }

 private:
  const Gpu* gpu_of(std::size_t rank) const {
    return gpus_.empty() ? nullptr : &gpus_[rank % gpus_.size()];
  }

  bool is_at_least_half(std::size_t cores) const { return 2 * cores >= even_share_; }

  /// How many cores, or places on shared ones, a part has to give.
  std::size_t room_of(const Part& part) const {
    return machine_.usable_cores(part) * ranks_per_core_;
  }

  /// The inner part that a rank's GPU hangs on; none where it hangs on the whole part, and where
  /// that inner part has no usable core.
  std::optional<std::size_t> inner_part_of(std::size_t rank, const Part& part) const {
    const auto* gpu = gpu_of(rank);
    if (gpu == nullptr || gpu->near.empty()) return std::nullopt;
    for (std::size_t i = 0; i < part.parts.size(); ++i) {
      if (part.parts[i].cpus.has(gpu->near) && room_of(part.parts[i]) > 0) return i;
    }
    return std::nullopt;
  }

  /// What one more rank would have in an inner part that it shares with `settled` others.
  std::size_t share_beside(const Part& inner, std::size_t settled) const {
    return room_of(inner) / (settled + 1);
  }

  /// The inner part where one more rank gets the most; none where that is less than half of an even
  /// share, and where `share`, what it has in the whole part, fits into no inner one.
  std::optional<std::size_t> best_inner_part(const Part& part, const std::vector<Ranks>& settlers,
                                             std::size_t share) const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < part.parts.size(); ++i) {
      const auto gets = share_beside(part.parts[i], settlers[i].size());
      if (room_of(part.parts[i]) < share || gets == 0 || !is_at_least_half(gets)) continue;
      if (!best || gets > share_beside(part.parts[*best], settlers[*best].size())) best = i;
    }
    return best;
  }

  /// Gives these ranks homes in a part: where their GPUs are; the others spread over the rest.
  void settle(const Part& part, const Ranks& ranks) {
    for (const auto rank : ranks) homes_[rank] = &part;
    std::vector<Ranks> settlers(part.parts.size());
    Ranks free;
    for (const auto rank : ranks) {
      const auto inner = inner_part_of(rank, part);
      (inner ? settlers[*inner] : free).push_back(rank);
    }
    settlers = spread(part, free, std::min(even_share_, room_of(part) / ranks.size()),
                      std::move(settlers));
    for (std::size_t i = 0; i < part.parts.size(); ++i) {
      if (!settlers[i].empty()) settle(part.parts[i], settlers[i]);
    }
  }

  /// Adds ranks without a place of their own to those that have one in an inner part, neighbours
  /// beside each other.
  std::vector<Ranks> spread(const Part& part, const Ranks& free, std::size_t share,
                            std::vector<Ranks> settlers) const {
    auto places = settlers;
    std::vector<std::size_t> counts(part.parts.size());
    for (const auto rank : free) {
      const auto inner = best_inner_part(part, places, share);
      if (!inner) break;
      places[*inner].push_back(rank);
      ++counts[*inner];
    }
    auto next = free.begin();
    for (std::size_t i = 0; i < part.parts.size(); ++i) {
      const auto end = next + static_cast<std::ptrdiff_t>(counts[i]);
      settlers[i].insert(settlers[i].end(), next, end);
      next = end;
    }
    return settlers;
  }

  void take_in_all_parts(std::size_t places_per_core) {
    free_.assign(machine_.cores.size(), 0);
    for (std::size_t core = 0; core < free_.size(); ++core) {
      if (!machine_.cores[core].usable.empty()) free_[core] = places_per_core;
    }
    take(machine_.whole);
  }

  /// Has the ranks whose homes are in a part take its free cores, after the parts in it. Returns
  /// those ranks.
  Ranks take(const Part& part) {
    Ranks ranks;
    for (const auto& inner : part.parts) {
      const auto inner_ranks = take(inner);
      ranks.insert(ranks.end(), inner_ranks.begin(), inner_ranks.end());
    }
    for (std::size_t rank = 0; rank < homes_.size(); ++rank) {
      if (homes_[rank] == &part) ranks.push_back(rank);
    }
    std::ranges::sort(ranks);
    hand_out(part, ranks);
    return ranks;
  }

  /// Each rank gets its cores of a part in one row, where they are free in one row.
  void hand_out(const Part& part, const Ranks& ranks) {
    const auto counts = fair_counts(part, ranks);
    auto core = part.first_core;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      for (std::size_t given = 0; given < counts[i]; ++given) {
        while (free_[core] == 0) ++core;
        --free_[core];
        --lacks_[ranks[i]];
        taken_[ranks[i]].push_back(core);
      }
    }
  }

  /// How many of a part's free cores each rank gets: one after the other goes to whoever has the
  /// fewest so far.
  std::vector<std::size_t> fair_counts(const Part& part, const Ranks& ranks) const {
    std::size_t left = 0;
    for (auto core = part.first_core; core < part.end_core; ++core) left += free_[core];
    std::vector<std::size_t> counts(ranks.size());
    for (; left > 0; --left) {
      std::optional<std::size_t> poorest;
      const auto has = [&](std::size_t i) { return taken_[ranks[i]].size() + counts[i]; };
      for (std::size_t i = 0; i < ranks.size(); ++i) {
        if (counts[i] < lacks_[ranks[i]] && (!poorest || has(i) < has(*poorest))) poorest = i;
      }
      if (!poorest) break;
      ++counts[*poorest];
    }
    return counts;
  }

  /// A rank stays in the smallest part around its home where it has at least half of an even share.
  void let_go(std::size_t rank) {
    const Part* kept = nullptr;
    for (const Part* part = &machine_.whole; part != nullptr; part = inner_around_home(*part, rank))
      if (is_at_least_half(cores_in(*part, rank))) kept = part;
    if (kept == nullptr) return;
    std::erase_if(taken_[rank], [kept](std::size_t core) { return !holds(*kept, core); });
  }

  static bool holds(const Part& part, std::size_t core) {
    return part.first_core <= core && core < part.end_core;
  }
  std::size_t cores_in(const Part& part, std::size_t rank) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        taken_[rank], [&part](std::size_t core) { return holds(part, core); }));
  }
  /// The next part on the way from the whole machine to a rank's home.
  const Part* inner_around_home(const Part& part, std::size_t rank) const {
    if (homes_[rank] == &part) return nullptr;
    for (const auto& inner : part.parts) {
      if (inner.first_core <= homes_[rank]->first_core &&
          homes_[rank]->end_core <= inner.end_core) {
        return &inner;
      }
    }
    return nullptr;
  }

  const Machine& machine_;
  const std::vector<Gpu>& gpus_;
  std::size_t even_share_{1};
  std::size_t ranks_per_core_{1};
  std::size_t at_first_{1};
  std::vector<const Part*> homes_;
  std::vector<std::vector<std::size_t>> taken_;
  std::vector<std::size_t> lacks_;
  std::vector<std::size_t> free_{};  ///< how often each core can still be given
};

Nearness nearness_of(const CpuSet& cpus, const Gpu* gpu) {
  if (gpu == nullptr || gpu->near.empty()) return Nearness::none;
  const auto near = cpus.common(gpu->near).size();
  if (near == cpus.size()) return Nearness::near;
  return near > 0 ? Nearness::partly : Nearness::far;
}

RankBinding binding_of(const Machine& machine, std::vector<std::size_t> cores,
                       std::optional<std::size_t> gpu, const std::vector<Gpu>& gpus) {
  RankBinding rank{std::move(cores), {}, gpu};
  for (const auto core : rank.cores) rank.cpus.add(machine.cores[core].usable);
  for (const auto& domain : machine.domains) {
    if (!domain.cpus.common(rank.cpus).empty()) rank.domains.push_back(domain.number);
  }
  rank.nearness = nearness_of(rank.cpus, gpu ? &gpus[*gpu] : nullptr);
  return rank;
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// `rank 3` or `ranks 0, 3`; empty where no rank is so.
template <typename IsSo>
std::string ranks_that(const BindingPlan& plan, const IsSo& is_so) {
  std::string numbers;
  std::size_t count = 0;
  for (std::size_t rank = 0; rank < plan.ranks.size(); ++rank) {
    if (!is_so(plan.ranks[rank])) continue;
    append_name(numbers, std::to_string(rank));
    ++count;
  }
  return count == 0 ? "" : (count == 1 ? "rank " : "ranks ") + numbers;
}

void remark_on(BindingPlan& plan, const Machine& machine, const std::vector<Gpu>& gpus) {
  const auto cores = machine.usable_cores(machine.whole);
  if (plan.ranks.size() > cores) {
    plan.remarks.push_back(counted(plan.ranks.size(), "rank") + " share " + counted(cores, "core"));
  }
  if (!gpus.empty() && plan.ranks.size() > gpus.size()) {
    plan.remarks.push_back(counted(plan.ranks.size(), "rank") + " share " +
                           counted(gpus.size(), "GPU"));
  }
  const auto far = ranks_that(plan, [](const auto& r) { return r.nearness == Nearness::far; });
  if (!far.empty()) plan.remarks.push_back("no core is free beside the GPU of " + far);
  const auto partly =
      ranks_that(plan, [](const auto& r) { return r.nearness == Nearness::partly; });
  if (!partly.empty()) plan.remarks.push_back("not all cores are beside the GPU of " + partly);
  if (!plan.idle_cores.empty()) {
    plan.remarks.push_back(counted(plan.idle_cores.size(), "core") + " of " +
                           std::to_string(cores) +
                           (plan.idle_cores.size() == 1 ? " stays idle" : " stay idle"));
  }
}

}  // namespace

BindingPlan plan_binding(const Machine& machine, std::size_t ranks, const std::vector<Gpu>& gpus) {
  BindingPlan plan;
  std::vector<std::size_t> users(machine.cores.size());
  auto cores_of_ranks = Planner(machine, ranks, gpus).cores_of_ranks();
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    const auto gpu = gpus.empty() ? std::nullopt : std::optional(rank % gpus.size());
    plan.ranks.push_back(binding_of(machine, std::move(cores_of_ranks[rank]), gpu, gpus));
    for (const auto core : plan.ranks.back().cores) ++users[core];
  }
  for (auto& rank : plan.ranks) {
    rank.shares_cores =
        std::ranges::any_of(rank.cores, [&users](std::size_t core) { return users[core] > 1; });
  }
  for (std::size_t core = 0; core < users.size(); ++core) {
    if (users[core] == 0 && !machine.cores[core].usable.empty()) plan.idle_cores.push_back(core);
  }
  remark_on(plan, machine, gpus);
  return plan;
}

std::optional<unsigned> preferred_domain(const Machine& machine, const RankBinding& rank) {
  if (rank.domains.size() != 1) return std::nullopt;
  const auto domain = std::ranges::find(machine.domains, rank.domains[0], &Domain::number);
  if (domain == machine.domains.end() || !domain->may_be_used) return std::nullopt;
  return domain->number;
}

}  // namespace chainer::topology
