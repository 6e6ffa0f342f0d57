#include "submit/input/this_machine.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "submit/input/recipe.hpp"

namespace chainer::input {
namespace {

const toml::Place here{"this machine", {}};

ByteSize memory() {
  const auto pages = std::max(::sysconf(_SC_PHYS_PAGES), 0L);
  const auto page = std::max(::sysconf(_SC_PAGESIZE), 0L);
  return ByteSize::from_bytes(static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page));
}

/// NVIDIA's devices: /dev/nvidia0 and so on.
int gpus() {
  constexpr int most = 64;
  int count = 0;
  std::error_code unreadable;
  while (count < most &&
         std::filesystem::exists("/dev/nvidia" + std::to_string(count), unreadable)) {
    ++count;
  }
  return count;
}

}  // namespace

ComputeTarget target_of_this_machine() {
  NodeType machine{"local",          here,   *toml::Count::from(toml::Count::largest),
                   {memory(), here}, gpus(), {}};
  ComputeTarget target{"local", std::move(machine), {}, {}, {}, {}, std::string(local_mpi), {}};
  return target;
}

Site site_of_this_machine(const OwnFolders& folders) {
  const auto versions = recipe_versions(folders.recipes);
  return {.file = {},
          .runs = folders.runs,
          .recipes = folders.recipes,
          .default_framework_version = versions.empty() ? "" : versions.back(),
          .limits = default_limits(here),
          .targets = {},
          .machines = {},
          .data_stores = {},
          .owner = ::geteuid()};
}

}  // namespace chainer::input
