#include "submit/doctor/gpu_survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "core/gpu_report/gpu_findings.hpp"
#include "core/trimmed.hpp"
#include "submit/doctor/gpu_comparison.hpp"
#include "submit/run/quoting.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

/// An image may have to be prepared first.
constexpr int minutes_of_job = 15;
constexpr auto patience_with_job = 16min;

constexpr std::string_view begin_outside = "== outside\n";
constexpr std::string_view begin_inside = "== inside\n";
constexpr std::string_view outside_of_container = "outside of a container";
constexpr std::string_view inside_of_container = "in a container";
constexpr std::string_view end_of_half = "== ended with ";

std::vector<std::string> step_of_probe(const ListedNode& node, const GpuOrder& order,
                                       const std::vector<std::string>& options) {
  std::vector<std::string> line{
      "srun",      "--quiet",   "--mpi=none", "--input=none",
      "--chdir=/", "--nodes=1", "--ntasks=1", fmt::format("--gres=gpu:{}", node.gpus)};
  line.insert(line.end(), options.begin(), options.end());
  line.insert(line.end(), {order.probe, "--json"});
  return line;
}

/// A backslash keeps a colon or a comma in a path from being one of the option's own.
std::string path_in_mount(const std::string& path) {
  std::string text;
  for (const char c : path) {
    if (c == ':' || c == ',' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

/// A line in front of each half and one behind it, since both print to one place.
std::string half_of_script(std::string_view begin, const std::vector<std::string>& step) {
  const auto headline = run::shell_words({"echo", std::string(trimmed(begin))});
  return fmt::format("{}\n{} 2>&1\necho \"{}$?\"\n", headline, run::shell_words(step), end_of_half);
}

std::string script_for(const ListedNode& node, const GpuOrder& order) {
  auto script = half_of_script(begin_outside, step_of_probe(node, order, {}));
  if (order.image.empty()) return script;
  const auto probe = path_in_mount(order.probe);
  return script + half_of_script(begin_inside,
                                 step_of_probe(node, order,
                                               {"--chainer-image=" + order.image,
                                                fmt::format("--chainer-mount={0}:{0}:ro", probe)}));
}

std::vector<std::string> job_on(const ListedNode& node, const GpuOrder& order) {
  std::vector<std::string> line{"salloc"};
  for (auto& option : one_task_on(node, minutes_of_job)) line.push_back(std::move(option));
  line.insert(line.end(),
              {fmt::format("--gres=gpu:{}", node.gpus), "sh", "-c", script_for(node, order)});
  return line;
}

/// What the probe said in one of the two places.
struct Half {
  std::string said;
  int code{0};
};

/// Nothing where the half did not begin.
std::optional<Half> half_in(std::string_view out, std::string_view begin) {
  const auto from = out.find(begin);
  if (from == std::string_view::npos) return std::nullopt;
  const auto text = out.substr(from + begin.size());
  const auto end = std::min(text.find(end_of_half), text.size());
  Half half{std::string(text.substr(0, end))};
  const auto code = text.substr(std::min(end + end_of_half.size(), text.size()));
  std::from_chars(code.data(), code.data() + code.size(), half.code);
  return half;
}

std::string next_for(const std::string& said) {
  const auto has = [&](std::string_view word) { return said.find(word) != std::string::npos; };
  if (has("GLIBC_")) return "name an image with glibc 2.35 or newer: --image REF";
  if (has("No such file or directory"))
    return "install packages there that were built where CUDA's toolkit is; in a container, name "
           "an "
           "image with glibc 2.35 or newer: --image REF";
  return "see what it says there: srun --gres=gpu:1 chainer-gpu-probe";
}

HealthFinding finding_of_silence(const Half& half, std::string_view where) {
  const auto said = std::string(trimmed(half.said));
  const auto first = said.substr(0, said.find('\n'));
  return {HealthLevel::problem,
          fmt::format(
              "the GPU probe fails {}: {}", where,
              first.empty() ? fmt::format("it ends with {} and says nothing", half.code) : first),
          "chainer-gpu-probe", "nobody can say how fast the GPUs are", next_for(said)};
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
  const auto outside = half_in(ended.out, begin_outside);
  if (!outside) {
    node.findings.push_back(finding_of_failed_step(ended));
    return node;
  }
  const auto report = take_in(*outside, outside_of_container, node);
  if (!report) return node;
  const auto inside = half_in(ended.out, begin_inside);
  const auto report_inside = inside ? take_in(*inside, inside_of_container, node) : std::nullopt;
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
