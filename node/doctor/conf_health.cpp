#include "node/doctor/conf_health.hpp"

#include <sys/stat.h>

#include "core/sha256.hpp"
#include "core/text_file.hpp"

namespace chainer::doctor {
namespace {

constexpr std::size_t largest_conf_file = 64 * 1024;

void note_if_absent(const std::string& key, const std::string& path,
                    std::vector<std::string>& absent) {
  struct stat status {};
  // A folder that this account may not enter is not absent.
  if (::stat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR))
    absent.push_back(key + " " + path);
}

std::vector<std::string> absent_paths(const PluginConf& conf) {
  std::vector<std::string> absent;
  for (const auto& path : conf.binds) note_if_absent("bind", path, absent);
  for (const auto& path : conf.live_binds) note_if_absent("bind_live", path, absent);
  if (!conf.task_prolog.empty()) note_if_absent("task_prolog", conf.task_prolog, absent);
  return absent;
}

}  // namespace

ConfFacts look_at_conf(const std::string& path) {
  ConfFacts facts{path, problems_of_plugin_conf(path), std::nullopt};
  if (const auto bytes = read_file(path, largest_conf_file)) {
    Sha256 hash;
    hash.update(*bytes);
    facts.digest = hash.finish().hex();
  }
  if (!facts.problems.empty()) return facts;
  auto conf = load_plugin_conf(path);
  if (!conf) {
    facts.problems.push_back(std::move(conf).error());  // it changed in between
    return facts;
  }
  facts.absent = absent_paths(*conf);
  facts.conf = *std::move(conf);
  return facts;
}

HealthFindings check_conf(const ConfFacts& facts) {
  HealthFindings found;
  for (const auto& problem : facts.problems) {
    found.push_back({HealthLevel::problem, problem.what, facts.path,
                     "every step that asks for a container or a /dev/shm fails here",
                     problem.error_number == ENOENT
                         ? "write it: site-config/plugin.conf explains every line"
                         : problem.hint});
  }
  for (const auto& line : facts.absent) {
    found.push_back({HealthLevel::problem, "'" + line + "' names what this node does not have",
                     facts.path, "every step in a container fails here",
                     line.starts_with("bind ")
                         ? "mount or make it, or say bind_if_present where only some nodes have it"
                         : "mount or make it, or take the line away"});
  }
  return found;
}

}  // namespace chainer::doctor
