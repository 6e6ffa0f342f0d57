#include "submit/cli/target_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json/json_text.hpp"

namespace chainer::cli {
namespace {

std::string gpus_of(const input::NodeType& type) {
  if (type.gpus == 0) return "";
  return fmt::format(", {} GPUs{}", type.gpus, type.gpu_type.empty() ? "" : " " + type.gpu_type);
}

}  // namespace

std::string targets_text(const input::Site& site) {
  std::size_t width = 0;
  for (const auto& target : site.targets) width = std::max(width, target.name.size());
  std::string text;
  for (const auto& target : site.targets) {
    const auto& type = target.node_type;
    text += fmt::format("{:<{}}  a node has {} CPUs, {} of memory{}{}\n", target.name, width,
                        type.cpus.get(), type.memory.value.to_string(), gpus_of(type),
                        target.partition.empty() ? "" : "; partition " + target.partition);
  }
  return text;
}

std::string targets_json(const input::Site& site) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& target : site.targets) {
    const auto& type = target.node_type;
    list.push_back({{"name", target.name},
                    {"node_type", type.name},
                    {"cpus", type.cpus.get()},
                    {"memory_bytes", type.memory.value.bytes()},
                    {"gpus", type.gpus},
                    {"gpu_type", type.gpu_type},
                    {"partition", target.partition}});
  }
  return json_page(list);
}

}  // namespace chainer::cli
