#include "submit/doctor/comparison.hpp"

#include <algorithm>
#include <map>

#include "submit/doctor/node_names.hpp"

namespace chainer::doctor {
namespace {

constexpr std::string_view inode_of = "inode of ";

/// A fact that is to be the same everywhere, and what comes of it where it is not.
struct SharedFact {
  std::string_view name;
  HealthLevel level;
  std::string_view why, next;
};

constexpr SharedFact shared_facts[] = {
    {"slurm", HealthLevel::problem, "a plugin works with the Slurm that it was built for alone",
     "bring all nodes to one version"},
    {"plugin built for", HealthLevel::problem, "steps fail where it is another than Slurm's",
     "install the same plugin everywhere"},
    {"store", HealthLevel::problem, "each prepares images for itself, and a run's nodes may differ",
     "name one folder, on a file system that all see, in every plugin.conf"},
    {"uid of the store's account", HealthLevel::problem,
     "what one node writes into the store, another does not trust",
     "give the account the same number everywhere"},
    {"chainer-node", HealthLevel::warning, "a half upgrade: the versions may not go together",
     "install one version everywhere"},
    {"bytes of plugin.conf", HealthLevel::warning, "a step has other rules from node to node",
     "give all nodes the same file"},
    {"uv", HealthLevel::warning, "an environment depends on which node builds it",
     "fill the tools folders from one packaging/make-tools"},
    {"py-rattler", HealthLevel::warning, "an environment depends on which node builds it",
     "fill the tools folders from one packaging/make-tools"},
};

/// The values of a fact, each with the nodes that have it. Who does not say is left out.
std::map<std::string, std::vector<std::string>> values_of(const std::string& name,
                                                          const std::vector<SurveyedNode>& nodes) {
  std::map<std::string, std::vector<std::string>> values;
  for (const auto& node : nodes) {
    const auto fact = node.facts.find(name);
    if (fact != node.facts.end() && !fact->second.empty())
      values[fact->second].push_back(node.name);
  }
  return values;
}

std::string shortened(const std::string& value) {
  constexpr std::size_t length_of_digest = 64;
  constexpr std::size_t shown = 12;
  return value.size() == length_of_digest ? value.substr(0, shown) : value;
}

std::string described(const std::map<std::string, std::vector<std::string>>& values) {
  std::string text;
  for (const auto& [value, names] : values) {
    text += (text.empty() ? "" : "; ") + shortened(value) + " on " + folded(names);
  }
  return text;
}

void compare_fact(const SharedFact& fact, const std::vector<SurveyedNode>& nodes,
                  HealthFindings& found) {
  const auto values = values_of(std::string(fact.name), nodes);
  if (values.size() < 2) return;
  found.push_back({fact.level, "not the same on all nodes: " + std::string(fact.name),
                   described(values), std::string(fact.why), std::string(fact.next)});
}

/// The same path leads to several folders.
void compare_folder(const std::string& fact, const std::vector<SurveyedNode>& nodes,
                    HealthFindings& found) {
  const auto values = values_of(fact, nodes);
  if (values.size() < 2) return;
  std::string places;
  for (const auto& [inode, names] : values) places += (places.empty() ? "" : "; ") + folded(names);
  found.push_back({HealthLevel::problem,
                   "not the same folder on all nodes: " + fact.substr(inode_of.size()), places,
                   "what one of them writes there the others do not see",
                   "mount one file system there on all of them"});
}

std::vector<std::string> folder_facts(const std::vector<SurveyedNode>& nodes) {
  std::map<std::string, bool> names;
  for (const auto& node : nodes) {
    for (const auto& [name, value] : node.facts) {
      if (name.starts_with(inode_of)) names[name] = true;
    }
  }
  std::vector<std::string> list;
  for (const auto& [name, there] : names) list.push_back(name);
  return list;
}

}  // namespace

std::vector<PlacedFinding> merged(const std::vector<SurveyedNode>& nodes) {
  std::vector<HealthFinding> findings;
  std::vector<std::vector<std::string>> names;
  for (const auto& node : nodes) {
    for (const auto& finding : node.findings) {
      const auto known = std::ranges::find(findings, finding);
      const auto at = static_cast<std::size_t>(known - findings.begin());
      if (known == findings.end()) {
        findings.push_back(finding);
        names.emplace_back();
      }
      names[at].push_back(node.name);
    }
  }
  std::vector<PlacedFinding> placed;
  for (std::size_t at = 0; at < findings.size(); ++at)
    placed.push_back({findings[at], folded(names[at])});
  std::ranges::stable_sort(placed, [](const PlacedFinding& one, const PlacedFinding& other) {
    return one.finding.level > other.finding.level;
  });
  return placed;
}

HealthFindings compare(const std::vector<SurveyedNode>& nodes) {
  HealthFindings found;
  for (const auto& fact : shared_facts) compare_fact(fact, nodes, found);
  for (const auto& fact : folder_facts(nodes)) compare_folder(fact, nodes, found);
  return found;
}

}  // namespace chainer::doctor
