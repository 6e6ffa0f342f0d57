#include "submit/plan/target_choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "submit/input/mention.hpp"
#include "submit/plan/allocation.hpp"

namespace chainer::plan {
namespace {

constexpr std::string_view low_priority = "lowpriority";

std::vector<std::string_view> names_of(const std::vector<input::ComputeTarget>& targets) {
  std::vector<std::string_view> names;
  for (const auto& target : targets) names.push_back(target.name);
  return names;
}

void report_unknown(const toml::Located<std::string>& asked, std::string_view what,
                    const std::vector<input::ComputeTarget>& known, toml::Report& report) {
  const auto names = names_of(known);
  const auto meant = nearest(asked.value, names);
  report.error(asked.place, fmt::format("unknown {} '{}'", what, asked.value),
               meant.empty() ? fmt::format("the site has {}", fmt::join(names, ", "))
                             : fmt::format("did you mean '{}'?", meant));
}

const input::ComputeTarget* named_target(const input::Estimator& estimator, const input::Site& site,
                                         toml::Report& report) {
  const auto& asked = estimator.compute_target;
  if (!asked) {
    if (estimator.misses("compute_target") && estimator.misses("vm_size")) {
      report.error(estimator.whole, "neither compute_target nor vm_size is given",
                   site.file.empty()
                       ? "without a site file there is compute_target = \"local\" alone"
                       : fmt::format("the site has {}", fmt::join(names_of(site.targets), ", ")));
    }
    return nullptr;
  }
  const auto* target = site.find_target(asked->value);
  if (target) return target;
  if (asked->value == "local" && site.local) return &*site.local;
  if (site.file.empty()) {
    report.error(asked->place,
                 fmt::format("there is no compute target '{}' without a site file", asked->value),
                 "local is this machine; --site or $CHAINER_SUBMIT_SITE names a site file");
  } else {
    report_unknown(*asked, "compute target", site.targets, report);
  }
  return nullptr;
}

const input::ComputeTarget* named_machine(const toml::Located<std::string>& asked,
                                          const input::Site& site, toml::Report& report) {
  const auto* machine = site.find_machine(asked.value);
  if (!machine) report_unknown(asked, "vm_size", site.machines, report);
  return machine;
}

input::ComputeTarget with_priority(input::ComputeTarget target, const input::Priority& priority) {
  if (!priority.partition.empty()) target.partition = priority.partition;
  if (!priority.qos.empty()) target.qos = priority.qos;
  if (!priority.account.empty()) target.account = priority.account;
  for (const auto& [key, place] : priority.written) target.written.insert_or_assign(key, place);
  return target;
}

}  // namespace

bool has_low_priority(const input::Estimator& estimator) {
  return estimator.vm_priority && estimator.vm_priority->value == low_priority;
}

void check_target_keys(const input::Estimator& estimator, toml::Report& report) {
  const auto& priority = estimator.vm_priority;
  if (estimator.vm_size && estimator.compute_target) {
    report.error(
        estimator.vm_size->place,
        fmt::format("vm_size stands beside compute_target ({})",
                    input::mention(estimator.compute_target->place, estimator.vm_size->place)),
        "keep one of the two: each says where the run goes");
  }
  if (estimator.misses("vm_size") && has_low_priority(estimator)) {
    report.error(priority->place, "vm_priority is given without vm_size",
                 "name a node type with vm_size instead of a compute_target, or ask for a QOS with "
                 "slurm.qos");
  }
}

std::optional<input::ComputeTarget> choose_target(const input::Estimator& estimator,
                                                  const input::Site& site, toml::Report& report) {
  const auto* target = estimator.vm_size ? named_machine(*estimator.vm_size, site, report)
                                         : named_target(estimator, site, report);
  if (!target || !estimator.vm_size) {
    return target ? std::optional(*target) : std::nullopt;
  }
  if (has_low_priority(estimator) && !site.low_priority) {
    report.error(
        estimator.vm_priority->place,
        "vm_priority is lowpriority, and the site file does not say what that is",
        fmt::format("leave it out, or ask an administrator to add [priorities.lowpriority] "
                    "to {}",
                    site.file));
    return std::nullopt;
  }
  const auto& priority = has_low_priority(estimator) ? site.low_priority : site.dedicated;
  return priority ? with_priority(*target, *priority) : *target;
}

}  // namespace chainer::plan
