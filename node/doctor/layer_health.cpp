#include "node/doctor/layer_health.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "core/job_layers.hpp"
#include "core/name_list.hpp"
#include "core/node_name.hpp"
#include "core/unique_fd.hpp"
#include "node/doctor/command.hpp"

namespace chainer::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_with_squeue = 10s;
constexpr char line_to_add[] = "optional spank_chainer_epilog.so";

/// slurmd holds the lock while it lives.
std::optional<bool> is_promised(const std::string& run_dir) {
  if (::geteuid() != 0) return std::nullopt;
  const UniqueFd file(
      ::open(promise_file(run_dir).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  return file && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0;
}

}  // namespace

std::vector<std::uint32_t> ended_jobs_with_layers(const PluginConf& conf) {
  // The jobs first: one that begins meanwhile must not be taken for one that has ended.
  auto jobs = jobs_with_layers(conf.run_dir);
  if (jobs.empty()) return jobs;
  const auto answer =
      run_command({"squeue", "--noheader", "--format=%A", "--nodelist=" + name_of_this_node()},
                  patience_with_squeue);
  if (!answer || answer->code != 0) return {};
  std::istringstream words(answer->said);
  for (std::uint32_t job = 0; words >> job;) std::erase(jobs, job);
  return jobs;
}

LayerFacts look_at_layers(const PluginConf& conf, const PluginFacts& plugin) {
  LayerFacts layers;
  layers.are_offered = conf.layer_size.has_value();
  layers.plugstack_conf = plugin.plugstack_conf;
  layers.are_removed = plugin.names_epilog_plugin;
  layers.are_promised = is_promised(conf.run_dir);
  layers.folder = layers_folder(conf.run_dir);
  layers.ended = ended_jobs_with_layers(conf);
  return layers;
}

HealthFindings check_layers(const LayerFacts& layers) {
  HealthFindings found;
  const std::string refused = "every step with --chainer-layer is refused on this node";
  if (layers.are_offered && !layers.are_removed) {
    found.push_back({HealthLevel::problem,
                     "plugin.conf offers layers, and nobody would remove them at a job's end",
                     layers.plugstack_conf, refused,
                     std::string("write the line '") + line_to_add +
                         "' into it, and restart slurmd; or take layer_size out of plugin.conf"});
  } else if (layers.are_offered && layers.are_promised == false) {
    found.push_back({HealthLevel::problem, "slurmd has not loaded spank_chainer_epilog.so",
                     layers.plugstack_conf, refused, "restart slurmd: it reads the file once"});
  }
  if (!layers.ended.empty()) {
    std::string names;
    for (const auto job : layers.ended) append_name(names, std::to_string(job));
    found.push_back({HealthLevel::warning, "layers of jobs that have ended: " + names,
                     layers.folder, "slurmd was not there when they ended; they take memory",
                     "chainer-node gc"});
  }
  return found;
}

}  // namespace chainer::doctor
