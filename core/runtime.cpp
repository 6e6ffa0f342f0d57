#include "core/runtime.hpp"

#include <algorithm>
#include <iterator>

#include "core/name_list.hpp"
#include "core/trimmed.hpp"

namespace chainer {
namespace {

struct RuntimeName {
  Runtime runtime;
  std::string_view text;
};

constexpr RuntimeName runtime_names[] = {
    {Runtime::native, "native"},
    {Runtime::apptainer, "apptainer"},
    {Runtime::singularity, "singularity"},
    {Runtime::podman, "podman"},
};

std::string all_runtime_names() {
  std::vector<Runtime> all;
  std::ranges::transform(runtime_names, std::back_inserter(all), &RuntimeName::runtime);
  return names_of(all);
}

Error no_docker() {
  return {
      "docker cannot make a step's container: its engine runs outside of the job, and whoever may "
      "use it is root on the node",
      "say one of " + all_runtime_names() + "; docker-daemon:NAME is an image of the engine's", 0,
      Fault::user};
}

}  // namespace

std::string name_of(Runtime runtime) {
  return std::string(std::ranges::find(runtime_names, runtime, &RuntimeName::runtime)->text);
}

bool starts_in_background(Runtime runtime) { return runtime == Runtime::podman; }

bool takes_whole_root(Runtime runtime) {
  return runtime == Runtime::native || runtime == Runtime::podman;
}

Result<Runtime> parse_runtime(std::string_view name) {
  const auto* found = std::ranges::find(runtime_names, name, &RuntimeName::text);
  if (found != std::end(runtime_names)) return found->runtime;
  if (name == "docker") return no_docker();
  return Error{"'" + std::string(name) + "' is not a runtime that can be used",
               "say one of " + all_runtime_names(), 0, Fault::user};
}

Result<std::vector<Runtime>> parse_runtimes(std::string_view text) {
  std::vector<Runtime> runtimes;
  for (const auto& name : split_names(text)) {
    TRY_ASSIGN(const auto runtime, parse_runtime(trimmed(name)));
    runtimes.push_back(runtime);
  }
  return runtimes;
}

std::string names_of(const std::vector<Runtime>& runtimes) {
  std::string text;
  for (const auto runtime : runtimes) append_name(text, name_of(runtime));
  return text;
}

}  // namespace chainer
