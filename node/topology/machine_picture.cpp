#include "node/topology/machine_picture.hpp"

#include <algorithm>

namespace chainer::topology {
namespace {

std::string counted_things(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

class Picture {
 public:
  Picture(const Machine& machine, const BindingPlan& plan, const std::vector<Gpu>& gpus)
      : machine_(machine), gpus_(gpus), labels_(core_labels(machine, plan)) {
    for (const auto& label : labels_) width_ = std::max(width_, label.size());
  }

  std::string text() {
    text_ = "machine: " + machine_summary(machine_) + gpu_names(machine_.whole) + "\n";
    draw_inside(machine_.whole, "  ");
    return text_;
  }

 private:
  void draw(const Part& part, const std::string& indent) {
    text_ += indent + part_title(machine_, part) + gpu_names(part) + "\n";
    draw_inside(part, indent + "  ");
  }

  void draw_inside(const Part& part, const std::string& indent) {
    for (const auto& inner : part.parts) draw(inner, indent);
    if (part.parts.empty()) draw_cores(part, indent);
  }

  void draw_cores(const Part& part, const std::string& indent) {
    constexpr std::size_t cores_in_line = 16;
    for (auto core = part.first_core; core < part.end_core; ++core) {
      const auto column = (core - part.first_core) % cores_in_line;
      if (column == 0) text_ += indent + "|";
      text_ += " " + std::string(width_ - labels_[core].size(), ' ') + labels_[core] + " |";
      if (column + 1 == cores_in_line || core + 1 == part.end_core) text_ += "\n";
    }
  }

  std::string gpu_names(const Part& part) const {
    std::string names;
    for (const auto gpu : gpus_at(part, gpus_)) {
      names += (names.empty() ? "   <- GPU " : ", GPU ") + std::to_string(gpu);
      if (!gpus_[gpu].place.empty()) names += " (" + gpus_[gpu].place + ")";
    }
    return names;
  }

  const Machine& machine_;
  const std::vector<Gpu>& gpus_;
  std::vector<std::string> labels_;
  std::size_t width_{1};
  std::string text_{};
};

}  // namespace

std::string machine_picture(const Machine& machine, const BindingPlan& plan,
                            const std::vector<Gpu>& gpus) {
  return Picture(machine, plan, gpus).text();
}

std::vector<std::string> core_labels(const Machine& machine, const BindingPlan& plan) {
  std::vector<std::string> labels(machine.cores.size());
  for (std::size_t rank = 0; rank < plan.ranks.size(); ++rank) {
    for (const auto core : plan.ranks[rank].cores) {
      labels[core] += (labels[core].empty() ? "" : ",") + std::to_string(rank);
    }
  }
  for (std::size_t core = 0; core < labels.size(); ++core) {
    if (labels[core].empty()) labels[core] = machine.cores[core].usable.empty() ? "x" : ".";
  }
  return labels;
}

std::string machine_summary(const Machine& machine) {
  auto text = counted_things(machine.cores.size(), "core") + ", " +
              counted_things(machine.whole.cpus.size(), "CPU") + ", " +
              counted_things(machine.gpus.size(), "GPU");
  const auto usable = machine.usable_cpus();
  if (usable != machine.whole.cpus) text += "; to be used: CPUs " + usable.list_text();
  return text;
}

std::string part_title(const Machine& machine, const Part& part) {
  auto title = name_of(part);
  if (part.kind != PartKind::domain) return title;
  const auto domain = std::ranges::find(machine.domains, part.number, &Domain::number);
  constexpr std::uint64_t gib = std::uint64_t{1} << 30U;
  if (domain == machine.domains.end() || domain->bytes == 0) return title;
  return title + ", " + std::to_string((domain->bytes + gib / 2) / gib) + " GiB";
}

std::vector<std::size_t> gpus_at(const Part& part, const std::vector<Gpu>& gpus) {
  std::vector<std::size_t> found;
  for (std::size_t gpu = 0; gpu < gpus.size(); ++gpu) {
    const auto& near = gpus[gpu].near;
    const auto holds = [&near](const Part& one) { return one.cpus.has(near); };
    const bool hangs_on_whole = near.empty() && part.kind == PartKind::machine;
    const bool hangs_here = !near.empty() && holds(part) && std::ranges::none_of(part.parts, holds);
    if (hangs_on_whole || hangs_here) found.push_back(gpu);
  }
  return found;
}

}  // namespace chainer::topology
