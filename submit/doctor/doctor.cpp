#include "submit/doctor/doctor.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "core/json/json_text.hpp"
#include "core/name_list.hpp"
#include "core/printable.hpp"
#include "core/trimmed.hpp"
#include "submit/doctor/cluster_health.hpp"
#include "submit/doctor/finding_json.hpp"
#include "submit/doctor/node_names.hpp"
#include "submit/doctor/site_health.hpp"
#include "submit/run/slurm_question.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_of_doctor = 20s;  // with one of Slurm's commands
constexpr auto patience_with_registries = 60s;
constexpr char of_controller[] = "SLURM_VERSION";

/// What chainer-node says first when it fails, without its own name.
std::string without_own_name(const std::string& text) {
  constexpr std::string_view own_name = "chainer: ";
  return text.starts_with(own_name) ? text.substr(own_name.size()) : text;
}

class LoginExamination {
 public:
  LoginExamination(const plan::Inspection& inspection, const ClusterOrder& order,
                   const run::Services& services, run::Console& console)
      : inspection_(inspection), order_(order), services_(services), console_(console) {}

  ClusterReport report() && {
    note("the site file", check_site_file(inspection_, order_.site_file));
    report_.is_site_wrong = has_problem(report_.all());
    look_at_the_folders_of_runs();
    look_at_slurm_here();
    look_at_the_targets();
    ask_the_registries();
    if (order_.reach == Reach::all_nodes) look_at_all_nodes();
    if (order_.gpus) measure_the_gpus(*order_.gpus);
    return std::move(report_);
  }

 private:
  /// Without a site there is nothing that the cluster could be held against.
  const input::Site* site() const {
    return order_.site_file.empty() || !inspection_.site ? nullptr : &*inspection_.site;
  }

  void note(const std::string& topic, HealthFindings found) {
    if (found.empty()) report_.sound.push_back(topic);
    for (auto& finding : found) report_.findings.push_back({std::move(finding)});
  }

  /// What a command says; nothing, and a finding about `what`, where it does not answer.
  std::optional<run::Finished> answer(const std::vector<std::string>& question,
                                      const std::string& what,
                                      std::chrono::seconds patience = patience_of_doctor) {
    if (report_.is_interrupted) return std::nullopt;
    auto reply = run::ask_for_success(question, services_, console_, patience);
    if (auto* finished = std::get_if<run::Finished>(&reply)) return std::move(*finished);
    const auto& silence = std::get<run::Unanswered>(reply);
    report_.is_interrupted = silence.is_interrupted;
    report_.findings.push_back({{HealthLevel::unseen, what, question.front(), silence.why,
                                 "see that Slurm's commands work on this host"}});
    return std::nullopt;
  }

  void look_at_the_folders_of_runs() {
    if (site()) note("the folders of runs", check_runs(look_at_runs(*site(), order_.user)));
  }

  void look_at_slurm_here() {
    if (const auto help = answer({"srun", "--help"}, "whether srun has the plugin"))
      note("the plugin", check_options(help->out));
    const auto commands = answer({"sinfo", "--version"}, "the version of Slurm");
    if (!commands) return;
    const auto config = answer({"scontrol", "show", "config"}, "the controller");
    if (!config) return;
    note("Slurm", check_versions(std::string(trimmed(commands->out)),
                                 run::value_in_config(config->out, of_controller)));
  }

  void look_at_the_targets() {
    if (!site()) return;
    if (const auto types = answer({"srun", "--mpi=list"}, "the MPI types of the targets")) {
      note("the MPI types",
           check_mpi_types(*site(), run::read_mpi_types(types->out + "\n" + types->err)));
    }
    if (const auto said = answer(run::question_for_node_groups(), "the targets' nodes"))
      note("the targets", check_targets(*site(), run::read_node_groups(said->out)));
  }

  void ask_the_registries() {
    if (!site() || report_.is_interrupted) return;
    HealthFindings found;
    for (const auto& image : default_images(*site())) {
      const auto reply =
          run::ask_for_success({order_.chainer_node, "resolve", "--reference", image}, services_,
                               console_, patience_with_registries);
      const auto* silence = std::get_if<run::Unanswered>(&reply);
      if (!silence) continue;
      report_.is_interrupted = silence->is_interrupted;
      found.push_back({HealthLevel::problem, without_own_name(silence->why), image,
                       "runs that name no image cannot be submitted",
                       "see that this host reaches the registry, and that the image is there"});
    }
    note("the default images", std::move(found));
  }

  SurveyOrder survey_order() const {
    SurveyOrder order{order_.chainer_node};
    if (!site()) return order;
    for (const auto& image : default_images(*site())) {
      order.arguments.insert(order.arguments.end(), {"--image", image});
    }
    for (const auto& folder : look_at_runs(*site(), order_.user)) {
      if (folder.is_on_all_nodes)
        order.arguments.insert(order.arguments.end(), {"--folder", folder.path});
    }
    return order;
  }

  void look_at_all_nodes() {
    const auto said = answer(question_for_nodes(), "the nodes");
    if (!said) return;
    report_.nodes = survey(read_nodes(said->out), survey_order(), services_);
    for (auto& node : report_.nodes) {
      for (auto& finding : check_clock(node)) node.findings.push_back(std::move(finding));
    }
    place_findings_of(report_.nodes);
    note("what nodes have in common", compare(report_.nodes));
  }

  void place_findings_of(const std::vector<SurveyedNode>& nodes) {
    report_.is_interrupted = report_.is_interrupted || !services_.pause.wait(0ms);
    for (auto& placed : merged(nodes)) report_.findings.push_back(std::move(placed));
  }

  void measure_the_gpus(GpuOrder order) {
    const auto said = answer(question_for_nodes(), "the GPUs");
    if (!said) return;
    const auto unseen = [&](const char* what, const char* where, const char* why,
                            const char* next) {
      report_.findings.push_back({{HealthLevel::unseen, what, where, why, next}});
    };
    if (order.image.empty() && site() && site()->gpu_image) order.image = site()->gpu_image->text();
    if (order.image.empty()) {
      unseen("how fast the GPUs are in a container", "images.gpu of the site file",
             "there is no image to measure in", "name one with glibc: --image REF");
    }
    report_.gpu_nodes = survey_gpus(read_nodes(said->out), order, services_);
    if (report_.gpu_nodes.empty()) {
      unseen("how fast the GPUs are", "sinfo", "Slurm knows of no node with a GPU",
             "name them by Gres in slurm.conf, and in gres.conf");
    }
    place_findings_of(report_.gpu_nodes);
  }

  const plan::Inspection& inspection_;
  const ClusterOrder& order_;
  const run::Services& services_;
  run::Console& console_;
  ClusterReport report_;
};

std::string nodes_that_are_well(const ClusterReport& report) {
  std::vector<std::string> names;
  for (const auto& node : report.nodes) {
    if (!node.facts.empty() && !has_problem(node.findings)) names.push_back(node.name);
  }
  return folded(names);
}

std::string speeds_of(const ClusterReport& report) {
  std::string text;
  for (const auto& node : report.gpu_nodes) {
    for (const auto& [gpu, speed] : node.facts)
      text += printable(fmt::format("{}, {}: {}", node.name, gpu, speed)) + "\n";
  }
  return text;
}

nlohmann::ordered_json json_of(const std::vector<SurveyedNode>& nodes) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& node : nodes) {
    list.push_back({{"name", node.name},
                    {"well", !node.facts.empty() && !has_problem(node.findings)},
                    {"facts", node.facts}});
  }
  return list;
}

}  // namespace

HealthFindings ClusterReport::all() const {
  HealthFindings list;
  for (const auto& placed : findings) list.push_back(placed.finding);
  return list;
}

ClusterReport examine_cluster(const plan::Inspection& inspection, const ClusterOrder& order,
                              const run::Services& services, run::Console& console) {
  return LoginExamination(inspection, order, services, console).report();
}

std::string cluster_text(const ClusterReport& report, Colour colour) {
  std::string text;
  for (const auto& [finding, nodes] : report.findings) text += health_text(finding, nodes, colour);
  if (!report.sound.empty()) text += "well: " + join_names(report.sound) + "\n";
  const auto nodes = nodes_that_are_well(report);
  if (!nodes.empty()) text += "without a problem: " + printable(nodes) + "\n";
  return text + speeds_of(report) + health_summary(report.all()) + "\n";
}

std::string cluster_json(const ClusterReport& report) {
  auto findings = nlohmann::ordered_json::array();
  for (const auto& [finding, nodes] : report.findings)
    findings.push_back(finding_json(finding, nodes));
  const nlohmann::ordered_json document{{"well", !has_problem(report.all())},
                                        {"findings", findings},
                                        {"sound", report.sound},
                                        {"nodes", json_of(report.nodes)},
                                        {"gpus", json_of(report.gpu_nodes)}};
  return json_page(document);
}

}  // namespace chainer::doctor
