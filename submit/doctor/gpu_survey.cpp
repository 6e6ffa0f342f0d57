#include "submit/doctor/gpu_survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "core/gpu_report/gpu_findings.hpp"
#include "submit/doctor/gpu_comparison.hpp"
#include "submit/doctor/halves.hpp"
#include "submit/run/quoting.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

/// An image may have to be prepared first.
constexpr int minutes_of_job = 15;
constexpr auto patience_with_job = 16min;

std::vector<std::string> step_of_probe(const ListedNode& node, const GpuOrder& order,
                                       const std::vector<std::string>& options) {
  std::vector<std::string> line{
      "srun",      "--quiet",   "--mpi=none", "--input=none",
      "--chdir=/", "--nodes=1", "--ntasks=1", fmt::format("--gres=gpu:{}", node.gpus)};
  line.insert(line.end(), options.begin(), options.end());
  line.insert(line.end(), {order.probe, "--json"});
  return line;
}

std::string script_for(const ListedNode& node, const GpuOrder& order) {
  auto script = script_of_half(Place::outside, step_of_probe(node, order, {}));
  if (order.image.empty()) return script;
  return script + script_of_half(Place::inside, step_of_probe(node, order,
                                                              {"--chainer-image=" + order.image,
                                                               mount_of_program(order.probe)}));
}

std::vector<std::string> job_on(const ListedNode& node, const GpuOrder& order) {
  std::vector<std::string> line{"salloc"};
  for (auto& option : one_task_on(node, minutes_of_job)) line.push_back(std::move(option));
  line.insert(line.end(),
              {fmt::format("--gres=gpu:{}", node.gpus), "sh", "-c", script_for(node, order)});
  return line;
}

std::string next_for(const std::string& said) {
  const auto has = [&](std::string_view word) { return said.find(word) != std::string::npos; };
  if (lacks_its_libc(said)) return "name an image with glibc 2.35 or newer: --image REF";
  if (has("No such file or directory"))
    return "install packages there that were built where CUDA's toolkit is; in a container, name "
           "an "
           "image with glibc 2.35 or newer: --image REF";
  return "see what it says there: srun --gres=gpu:1 chainer-gpu-probe";
}

HealthFinding finding_of_silence(const Half& half, std::string_view where) {
  return {HealthLevel::problem, fmt::format("the GPU probe fails {}: {}", where, words_of(half)),
          "chainer-gpu-probe", "nobody can say how fast the GPUs are", next_for(half.said)};
}

/// The report of one half, where it has GPUs; its findings go to the node's.
std::optional<GpuReport> take_in(const Half& half, std::string_view where, SurveyedNode& node) {
  auto report = parse_gpu_report(half.said);
  if (!report) {
    node.findings.push_back(finding_of_silence(half, where));
    return std::nullopt;
  }
  for (auto& finding : check_gpu_report(*report)) {
    // A card that is ill is so in both places.
    if (std::ranges::find(node.findings, finding) != node.findings.end()) continue;
    if (where == inside_of_container) finding.what = fmt::format("{}: {}", where, finding.what);
    node.findings.push_back(std::move(finding));
  }
  if (report->gpus.empty()) return std::nullopt;  // it has said why
  return *std::move(report);
}

}  // namespace

SurveyedNode read_gpu_job(const std::string& name, const run::Finished& ended) {
  SurveyedNode node{name};
  const auto outside = halves_in(ended.out, Place::outside);
  if (outside.empty()) {
    node.findings.push_back(finding_of_failed_step(ended));
    return node;
  }
  const auto report = take_in(outside.front(), outside_of_container, node);
  if (!report) return node;
  const auto inside = halves_in(ended.out, Place::inside);
  const auto report_inside =
      inside.empty() ? std::nullopt : take_in(inside.front(), inside_of_container, node);
  if (report_inside)
    std::ranges::move(compare_gpus(*report, *report_inside), std::back_inserter(node.findings));
  for (const auto& gpu : report->gpus) {
    node.facts[fmt::format("GPU {}", gpu.index)] =
        speed_text(gpu, report_inside ? &*report_inside : nullptr);
  }
  return node;
}

std::vector<SurveyedNode> survey_gpus(const std::vector<ListedNode>& nodes, const GpuOrder& order,
                                      const run::Services& services) {
  std::vector<ListedNode> with_gpus;
  std::ranges::copy_if(nodes, std::back_inserter(with_gpus),
                       [](const ListedNode& node) { return node.gpus > 0; });
  const NodeCommand command{[&](const ListedNode& node) { return job_on(node, order); },
                            patience_with_job};
  std::vector<SurveyedNode> found;
  for (const auto& answer : ask_nodes(with_gpus, command, services)) {
    auto& node = found.emplace_back(answer.said ? read_gpu_job(answer.name, *answer.said)
                                                : SurveyedNode{answer.name});
    if (answer.silence) node.findings.push_back(*answer.silence);
  }
  return found;
}

}  // namespace chainer::doctor
