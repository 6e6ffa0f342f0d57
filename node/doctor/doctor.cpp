#include "node/doctor/doctor.hpp"

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/json/json_text.hpp"
#include "core/name_list.hpp"
#include "core/node_name.hpp"
#include "core/printable.hpp"
#include "node/doctor/account_health.hpp"
#include "node/doctor/conf_health.hpp"
#include "node/doctor/folder_health.hpp"
#include "node/doctor/gpu_health.hpp"
#include "node/doctor/gpu_speed.hpp"
#include "node/doctor/kernel_health.hpp"
#include "node/doctor/layer_health.hpp"
#include "node/doctor/leftover_health.hpp"
#include "node/doctor/network_health.hpp"
#include "node/doctor/plugin_health.hpp"
#include "node/doctor/runtime_health.hpp"
#include "node/doctor/slurm_health.hpp"
#include "node/doctor/store_health.hpp"

namespace chainer::doctor {
namespace {

constexpr char usual_conf[] = "/etc/chainer/plugin.conf";

class Examination {
 public:
  explicit Examination(const NodeOrder& order) : order_(order) {
    report_.node = name_of_this_node();
  }

  NodeReport report() && {
    look_at_the_kernel();
    look_at_slurm_and_the_plugin();
    look_at_what_the_conf_names();
    look_at_the_folders();
    if (!order_.gpu_probe.empty()) measure_the_gpus();
    if (is_whole()) note("the network", check_network(ask_network(order_.images, tools_)));
    report_.facts["clock"] = milliseconds_since_1970();
    return std::move(report_);
  }

 private:
  bool is_whole() const { return order_.depth == Depth::whole; }

  void note(const std::string& topic, HealthFindings found) {
    if (found.empty()) report_.sound.push_back(topic);
    for (auto& finding : found) report_.findings.push_back(std::move(finding));
  }

  void look_at_the_kernel() {
    const auto kernel = look_at_kernel();
    note("the kernel", check_kernel(kernel));
    report_.facts["kernel"] = kernel.release;
  }

  void look_at_slurm_and_the_plugin() {
    plugin_ = look_at_plugin(order_.depth);
    const auto& plugin = plugin_;
    note("the plugin", check_plugin(plugin));
    report_.facts["plugin"] = plugin.plugin_path;
    if (plugin.built_for != 0)
      report_.facts["plugin built for"] = slurm_version_text(plugin.built_for);
    report_.facts["slurm"] = plugin.running;
    conf_path_ = !order_.conf.empty()                        ? order_.conf
                 : plugin.line && !plugin.line->conf.empty() ? plugin.line->conf
                                                             : usual_conf;
    if (is_whole()) note("Slurm", check_slurm(look_at_slurm()));
  }

  void look_at_what_the_conf_names() {
    const auto facts = look_at_conf(conf_path_);
    note("plugin.conf", check_conf(facts));
    report_.facts["plugin.conf"] = conf_path_;
    report_.facts["bytes of plugin.conf"] = facts.digest;
    if (!facts.conf) return;
    const auto& conf = *facts.conf;
    tools_ = conf.tools;
    const auto accounts = look_at_accounts(conf);
    note("the accounts", check_accounts(accounts));
    if (accounts.uid) report_.facts["uid of the store's account"] = std::to_string(*accounts.uid);
    look_at_the_store(conf, accounts);
    look_at_the_programs(conf);
    look_at_the_runtimes(conf);
    look_at_the_gpus(conf);
    if (!is_whole()) return;
    const auto layers = look_at_layers(conf, plugin_);
    if (layers.are_offered || !layers.ended.empty()) note("layers of jobs", check_layers(layers));
    const auto leftovers = look_for_leftovers(conf);
    note("leftovers", check_leftovers(leftovers));
    if (leftovers.is_seen)
      report_.facts["warm mounts"] =
          std::to_string(leftovers.warm) + " of " + std::to_string(leftovers.most_warm);
  }

  void look_at_the_store(const PluginConf& conf, const AccountFacts& accounts) {
    const auto store = look_at_store(conf, accounts.uid);
    note("the store", check_store(store));
    report_.facts["store"] = conf.store;
    if (store.inode != 0) report_.facts["inode of the store"] = std::to_string(store.inode);
  }

  void look_at_the_programs(const PluginConf& conf) {
    const auto programs = look_at_programs(conf, order_.depth);
    note("the programs", check_programs(programs));
    for (const auto& program : programs.programs) {
      const auto name = program.path.substr(program.path.rfind('/') + 1);
      if (!program.version.empty()) report_.facts[name] = program.version;
    }
  }

  /// Most sites allow none of their own. A step looks on the PATH of the job, then on slurmd's.
  void look_at_the_runtimes(const PluginConf& conf) {
    const char* path = std::getenv("PATH");
    const auto runtimes = look_at_runtimes(conf, path != nullptr ? path : "/usr/bin:/bin");
    if (!runtimes.concern_the_node()) return;
    note("the runtimes", check_runtimes(runtimes));
    report_.facts["runtimes"] = names_of(runtimes.usable());
  }

  /// Most nodes have none, and then nothing is said about them.
  void look_at_the_gpus(const PluginConf& conf) {
    const auto gpus = look_at_gpus(conf, order_.depth);
    if (!gpus.concern_the_node()) return;
    note("the GPUs", check_gpus(gpus));
    if (!gpus.running.empty()) report_.facts["GPU driver"] = gpus.running;
  }

  void measure_the_gpus() {
    const auto speed = measure_gpus(order_.gpu_probe);
    note("the GPUs' speed", check_gpu_speed(speed));
    if (!speed.report) return;
    for (const auto& gpu : speed.report->gpus)
      report_.facts["GPU " + std::to_string(gpu.index)] = gpu.name;
  }

  void look_at_the_folders() {
    if (order_.folders.empty()) return;
    const auto folders = look_at_folders(order_.folders);
    note("the folders of runs", check_folders(folders));
    for (const auto& folder : folders) {
      if (folder.failure.empty())
        report_.facts["inode of " + folder.path] = std::to_string(folder.inode);
    }
  }

  static std::string milliseconds_since_1970() {
    using namespace std::chrono;
    const auto now = system_clock::now().time_since_epoch();
    return std::to_string(duration_cast<milliseconds>(now).count());
  }

  const NodeOrder& order_;
  PluginFacts plugin_;
  std::string conf_path_;
  std::string tools_{PluginConf().tools};
  NodeReport report_;
};

}  // namespace

NodeReport examine_node(const NodeOrder& order) { return Examination(order).report(); }

std::string node_text(const NodeReport& report, Colour colour) {
  std::string text;
  for (const auto& finding : report.findings) text += health_text(finding, "", colour);
  if (!report.sound.empty()) text += "well: " + join_names(report.sound) + "\n";
  return text + printable(report.node) + ": " + health_summary(report.findings) + "\n";
}

std::string node_json(const NodeReport& report) {
  auto findings = nlohmann::ordered_json::array();
  for (const auto& [level, what, where, why, next] : report.findings) {
    findings.push_back({{"level", name_of(level)},
                        {"what", what},
                        {"where", where},
                        {"why", why},
                        {"next", next}});
  }
  const nlohmann::ordered_json document{{"node", report.node},
                                        {"well", !has_problem(report.findings)},
                                        {"findings", findings},
                                        {"sound", report.sound},
                                        {"facts", report.facts}};
  return json_line(document) + "\n";
}

std::string reason_to_drain(const NodeReport& report) {
  for (const auto& finding : report.findings) {
    if (finding.level == HealthLevel::problem)
      return printable(finding.what) + (finding.next.empty() ? "" : ": " + printable(finding.next));
  }
  return "";
}

}  // namespace chainer::doctor
