#include "submit/doctor/node_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/trimmed.hpp"
#include "submit/run/cluster_facts.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_steps = 16;  // at one time
constexpr auto look = 50ms;             // between looks at the steps

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

HealthFinding not_asked(const std::string& why, const std::string& next) {
  return {HealthLevel::unseen, "the node", "", why, next};
}

/// Why no step can be started there now; nothing where one can.
std::optional<HealthFinding> why_not_asked(const ListedNode& node) {
  const auto state = node.state.substr(0, node.state.find_first_of("*~#!%$@^-+"));
  if (node.state.find('*') != std::string::npos)
    return not_asked("its slurmd does not answer", "see slurmd.log there");
  if (state == "idle" || state == "mix" || state == "comp") return std::nullopt;
  if (state == "alloc") return not_asked("jobs have all of it", "ask again when it is free");
  return not_asked("Slurm has it as '" + node.state + "'", "scontrol show node " + node.name);
}

/// A command that was started, and what is to be known of it.
struct Asked {
  std::unique_ptr<run::RunningProcess> process;
  NodeAnswer* answer;
  std::int64_t give_up_at;
};

class Questions {
 public:
  Questions(const NodeCommand& command, const run::Services& services)
      : command_(command), services_(services) {}

  std::vector<NodeAnswer> to(const std::vector<ListedNode>& nodes) && {
    answers_.reserve(nodes.size());  // what is running points into it
    for (const auto& node : nodes) {
      while (running_.size() >= most_steps && collect()) {
      }
      start(node);
    }
    while (!running_.empty() && collect()) {
    }
    for (auto& left : running_) left.answer->silence = not_asked("interrupted", "ask again");
    return std::move(answers_);
  }

 private:
  void start(const ListedNode& node) {
    auto& answer = answers_.emplace_back(NodeAnswer{node.name});
    answer.silence = why_not_asked(node);
    if (answer.silence) return;
    answer.asked_at = now_ms();
    const auto line = command_.line(node);
    auto process =
        services_.processes.start(line, run::environment_of_questions(run::own_environment()));
    if (!process) {
      answer.silence =
          not_asked(process.error().what, "see that " + line.front() + " is on the PATH");
      return;
    }
    const auto patience =
        std::chrono::duration_cast<std::chrono::milliseconds>(command_.patience).count();
    running_.push_back({*std::move(process), &answer, answer.asked_at + patience});
  }

  /// Takes in what has ended; false when the person asked to stop.
  bool collect() {
    if (!services_.pause.wait(0ms)) return false;
    for (auto& one : running_) {
      if (auto ended = one.process->wait(look)) {
        one.answer->answered_at = now_ms();
        one.answer->said = *std::move(ended);
        one.process.reset();
      } else if (now_ms() > one.give_up_at) {
        one.answer->silence = not_asked(
            fmt::format("it has not answered for {} s", command_.patience.count()), "ask again");
        one.process.reset();
      }
    }
    std::erase_if(running_, [](const Asked& one) { return !one.process; });
    return true;
  }

  const NodeCommand& command_;
  const run::Services& services_;
  std::vector<NodeAnswer> answers_;
  std::vector<Asked> running_;
};

}  // namespace

std::vector<std::string> question_for_nodes() {
  return {"sinfo", "--noheader", "--Node", "--format=%N|%R|%t|%G"};
}

std::vector<ListedNode> read_nodes(std::string_view sinfo) {
  std::vector<ListedNode> nodes;
  for (const auto& [name, partition, state, gres] : run::rows_of<4>(sinfo)) {
    const bool is_known =
        std::ranges::find(nodes, std::string(name), &ListedNode::name) != nodes.end();
    if (is_known) continue;
    nodes.push_back(
        {std::string(name), std::string(partition), std::string(state), run::gpus_in(gres, "")});
  }
  return nodes;
}

std::vector<std::string> one_task_on(const ListedNode& node, int minutes) {
  return {"--quiet",
          "--nodes=1",
          "--ntasks=1",
          "--nodelist=" + node.name,
          "--partition=" + node.partition,
          fmt::format("--time={}", minutes),
          "--immediate=20"};
}

std::vector<NodeAnswer> ask_nodes(const std::vector<ListedNode>& nodes, const NodeCommand& command,
                                  const run::Services& services) {
  return Questions(command, services).to(nodes);
}

HealthFinding finding_of_failed_step(const run::Finished& ended) {
  const auto said = std::string(trimmed(ended.err.empty() ? ended.out : ended.err));
  const auto first = said.substr(0, said.find('\n'));
  constexpr std::string_view busy[] = {"Unable to allocate resources", "Requested nodes are busy",
                                       "Immediate execution impossible", "allocation failure"};
  const bool is_busy = std::ranges::any_of(
      busy, [&](std::string_view word) { return said.find(word) != std::string::npos; });
  if (is_busy) return not_asked(first, "ask again when it is free");
  return {HealthLevel::problem,
          said.empty() ? fmt::format("a step there ended with {} and said nothing", ended.code)
                       : "a step there fails: " + first,
          "srun", "so does every job's",
          "see slurmd.log there; chainer-node doctor on the node "
          "itself says more"};
}

}  // namespace chainer::doctor
