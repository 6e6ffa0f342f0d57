#include "node/doctor/runtime_health.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/name_list.hpp"

namespace chainer::doctor {
namespace {

/// podman finds the other two in folders of its own as well, where Debian and others have them too.
std::vector<std::string> programs_of(Runtime runtime) {
  if (runtime == Runtime::native) return {};
  if (runtime == Runtime::podman) return {"podman", "conmon", "crun"};
  return {name_of(runtime)};
}

bool is_in(const std::string& path, const std::string& program) {
  for (std::size_t start = 0; start <= path.size();) {
    const auto end = std::min(path.find(':', start), path.size());
    const auto file = path.substr(start, end - start) + "/" + program;
    if (::access(file.c_str(), X_OK) == 0) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

bool RuntimesFacts::concern_the_node() const {
  return std::ranges::any_of(
      allowed, [](const RuntimeFacts& one) { return one.runtime != Runtime::native; });
}

std::vector<Runtime> RuntimesFacts::usable() const {
  std::vector<Runtime> usable;
  for (const auto& one : allowed) {
    if (one.missing.empty()) usable.push_back(one.runtime);
  }
  return usable;
}

RuntimesFacts look_at_runtimes(const PluginConf& conf, const std::string& path) {
  RuntimesFacts facts{{}, path};
  for (const auto runtime : conf.runtimes) {
    RuntimeFacts one{runtime, programs_of(runtime)};
    std::erase_if(one.missing, [&](const std::string& name) { return is_in(path, name); });
    facts.allowed.push_back(std::move(one));
  }
  return facts;
}

HealthFindings check_runtimes(const RuntimesFacts& facts) {
  HealthFindings found;
  for (const auto& [runtime, missing] : facts.allowed) {
    if (missing.empty()) continue;
    found.push_back(
        {HealthLevel::warning, "this node has no " + join_names(missing),
         "'runtimes' in plugin.conf allows " + name_of(runtime) + "; looked in " + facts.path,
         "--chainer-runtime=" + name_of(runtime) + " fails here",
         "install it, or take " + name_of(runtime) + " out of 'runtimes'"});
  }
  return found;
}

}  // namespace chainer::doctor
