#include "node/topology/binding_text.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/json/json_text.hpp"
#include "node/topology/cpu_set.hpp"

namespace chainer::topology {
namespace {

constexpr std::string_view nearness_words[] = {"", "near", "partly near", "far"};

std::string_view words_for(Nearness nearness) {
  return nearness_words[static_cast<std::size_t>(nearness)];
}

std::string gpu_text(const RankBinding& rank, const std::vector<Gpu>& gpus) {
  if (!rank.gpu) return "-";
  auto text = std::to_string(*rank.gpu);
  const auto& gpu = gpus[*rank.gpu];
  if (gpu.place.empty()) return text;
  return text + " at " + gpu.place + ", " + std::string(words_for(rank.nearness));
}

std::string domains_text(const RankBinding& rank) {
  CpuSet numbers;  // which are written alike
  for (const auto number : rank.domains) numbers.add(number);
  return numbers.empty() ? "-" : numbers.list_text();
}

using Row = std::array<std::string, 5>;

/// Columns as wide as their widest word, two blanks between them, none at a line's end.
std::string aligned(const std::vector<Row>& rows) {
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

/// The masks of all ranks, in their order.
template <typename MaskOf>
std::string masks(const BindingPlan& plan, const MaskOf& mask_of) {
  std::string text;
  for (const auto& rank : plan.ranks) text += (text.empty() ? "" : ",") + mask_of(rank).mask_text();
  return text;
}

}  // namespace

std::string binding_table(const Machine& machine, const BindingPlan& plan,
                          const std::vector<Gpu>& gpus) {
  std::vector<Row> rows{{"rank", "cores", "CPUs", "NUMA domain", "GPU"}};
  for (std::size_t rank = 0; rank < plan.ranks.size(); ++rank) {
    const auto& bound = plan.ranks[rank];
    rows.push_back({std::to_string(rank), std::to_string(bound.cores.size()),
                    bound.cpus.list_text(), domains_text(bound), gpu_text(bound, gpus)});
  }
  auto text = aligned(rows);
  for (const auto& remark : plan.remarks) text += "note: " + remark + "\n";
  for (const auto& option : srun_options(machine, plan)) text += "srun " + option + "\n";
  return text;
}

std::string binding_json(const Machine& machine, const BindingPlan& plan,
                         const std::vector<Gpu>& gpus) {
  auto ranks = nlohmann::json::array();
  for (std::size_t rank = 0; rank < plan.ranks.size(); ++rank) {
    const auto& bound = plan.ranks[rank];
    nlohmann::json gpu;
    if (bound.gpu) {
      gpu = {{"number", *bound.gpu},
             {"place", gpus[*bound.gpu].place},
             {"name", gpus[*bound.gpu].name},
             {"nearness", words_for(bound.nearness)}};
    }
    ranks.push_back({{"rank", rank},
                     {"cpus", bound.cpus.list_text()},
                     {"mask", bound.cpus.mask_text()},
                     {"domains", bound.domains},
                     {"gpu", std::move(gpu)},
                     {"shares_cores", bound.shares_cores}});
  }
  CpuSet idle;
  for (const auto core : plan.idle_cores) idle.add(machine.cores[core].usable);
  return json_line(nlohmann::json{{"ranks", std::move(ranks)},
                                  {"idle", idle.list_text()},
                                  {"remarks", plan.remarks},
                                  {"srun", srun_options(machine, plan)}}) +
         "\n";
}

std::vector<std::string> srun_options(const Machine& machine, const BindingPlan& plan) {
  std::vector<std::string> options{"--cpu-bind=mask_cpu:" +
                                   masks(plan, [](const RankBinding& rank) { return rank.cpus; })};
  const bool has_choice = machine.domains.size() > 1;
  const bool can_prefer = std::ranges::all_of(plan.ranks, [&machine](const RankBinding& rank) {
    return preferred_domain(machine, rank).has_value();
  });
  if (has_choice && can_prefer) {
    options.push_back("--mem-bind=prefer,mask_mem:" +
                      masks(plan, [&machine](const RankBinding& rank) {
                        return CpuSet{preferred_domain(machine, rank).value_or(0)};
                      }));
  }
  return options;
}

}  // namespace chainer::topology
